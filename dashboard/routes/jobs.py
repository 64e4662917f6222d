"""The file that a job made, for the person whose job it is; to everybody else there is none."""

from __future__ import annotations

import io

from flask import Blueprint, abort, send_file
from flask.typing import ResponseReturnValue

from core.access import Permission
from dashboard.auth import current_actor
from services import jobs

blueprint = Blueprint("jobs", __name__)
ROUTES = {"jobs.download": Permission.EXPORT}


@blueprint.get("/jobs/<uuid:job_id>/download")
def download(job_id: object) -> ResponseReturnValue:
    """Hand the file out."""
    try:
        made = jobs.content(current_actor(), str(job_id))
    except (jobs.NoSuchJob, PermissionError):
        abort(404)
    answer = send_file(io.BytesIO(made.content), made.media_type, as_attachment=True, download_name=made.file_name)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
