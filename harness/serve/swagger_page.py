"""The page that shows the OpenAPI description."""

from base64 import b64encode
from hashlib import sha256

# BentoML's own page loads a tag manager from outside; this one loads nothing but what BentoML's package brings.
PAGE = b"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Model service</title>
<link rel="stylesheet" href="./static_content/swagger-ui.css">
<style>.scheme-container {display: none}</style>
<link rel="icon" href="./static_content/favicon-light-32x32.png">
</head>
<body>
<div id="swagger-ui"></div>
<script src="./static_content/swagger-ui-bundle.js" charset="utf-8"></script>
<script>
SwaggerUIBundle({url: "./docs.json", dom_id: "#swagger-ui", docExpansion: "list", defaultModelsExpandDepth: 0})
</script>
</body>
</html>
"""


_SCRIPT = PAGE[PAGE.rindex(b"<script>") + 8 : PAGE.rindex(b"</script>")]
PAGE_POLICY = (
    "default-src 'none'; connect-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
    f"script-src 'self' 'sha256-{b64encode(sha256(_SCRIPT).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
