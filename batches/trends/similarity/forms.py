"""Forms about reference batches. They check; batches.trends.similarity.actions saves."""

from typing import Any

from batches.entering import EntryForm, form_field
from batches.trends.models import ReferenceSet

HELP = {
    "most_distance_nm": "How far the size profile may lie from the references' average; empty: not judged.",
    "least_overlap_percent": "Shared area of the size profiles; empty: not judged.",
    "least_markers_percent": "Of markers that most references show alike; empty: 100.",
    "most_z": "Yield, purity, mode and recovery; empty: 3.",
}


class ReferencesForm(EntryForm):
    """Thresholds, and why these batches."""

    class Meta:
        model = ReferenceSet
        fields = (*HELP, "words")
        formfield_callback = form_field

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for name, words in HELP.items():
            self.fields[name].help_text = words
