"""One file for each command, named like its make target: a docstring for the help, its options, and `main`.

A new command is a file here and its name below.
"""

HELP_SECTIONS = {
    "The two commands to begin with": ("pipeline", "test"),
    "While you work": ("report", "gate", "check", "format", "comment", "audit", "bench", "bench-serve"),
    "Tests that take minutes": ("test-image", "test-stories"),
    "Use the model": ("serve", "predict", "monitor", "retrain", "image", "smoke"),
    "Other tools": ("track",),
    "What runs where": ("models", "promote", "rollback", "verify", "shadow", "up", "down"),
    "Your data": ("adopt", "data", "look", "remote", "update"),
    "Set-up": ("setup", "lock", "clean", "help"),
}
ONE_AT_A_TIME = {"pipeline", "report", "adopt", "data", "remote", "update", "lock", "clean"}  # they change the project
