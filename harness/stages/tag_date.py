"""When a tag was made, as git writes it down: seconds since 1970, and the tagger's time zone."""

from datetime import datetime, timedelta, timezone


def iso_date(raw: str) -> str:
    """`1700000000 +0100` → ISO 8601; empty if that is no date, as git, which would end with an error, can't show."""
    try:
        seconds, zone = raw.split(" ")
        away = timedelta(hours=int(zone[:-2]), minutes=int(zone[0] + zone[-2:]))
        return datetime.fromtimestamp(int(seconds), timezone(away)).isoformat()
    except (ValueError, IndexError, OverflowError, OSError):
        return ""
