"""A batch's bundle as a download, and the page of checkpoints. Who may is decided where the addresses are."""

import tempfile

from django.http import FileResponse, HttpRequest
from django.views.decorators.http import require_POST

from audit.bundle.making import Wanted, make


@require_POST
def bundle_batch(request: HttpRequest, number: str) -> FileResponse:
    """A batch as a bundle, written to a file of its own before the first byte leaves."""
    # The response closes it, and so it is gone.
    file = tempfile.TemporaryFile()
    made = make(Wanted(batch=number), file, by=request.user)
    file.seek(0)
    response = FileResponse(file, as_attachment=True, filename=made.filename, content_type="application/zip")
    response["Cache-Control"] = "no-store"
    return response
