"""Static files as they are served: our own made small, all compressed and named by their content."""

from typing import Any

import rcssmin
import rjsmin
from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

EVERY_PAGE = {"css/exoledger.css": rcssmin.cssmin, "js/exoledger.js": rjsmin.jsmin}
OURS = {**EVERY_PAGE, "css/pictures.css": rcssmin.cssmin}


class SmallStaticFiles(CompressedManifestStaticFilesStorage):
    """WhiteNoise's storage, which first takes comments and spaces out of our CSS and JavaScript."""

    def _save(self, name: str, content: Any) -> str:
        make_small = OURS.get(name.replace("\\", "/"))
        if make_small is not None:
            content = ContentFile(make_small(content.read().decode("utf-8")).encode("utf-8"))
        return str(super()._save(name, content))
