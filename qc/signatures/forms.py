"""What a person fills in to open a revision or to add an addendum."""

from typing import Any

from accounts.forms import SignFields
from qc.models import Signature


class RevisionForm(SignFields):
    """Why a batch goes back to the laboratory after a decision."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["comment"].label = "What has to be corrected, and why"

    def meanings(self) -> dict[str, str]:
        return {"": str(Signature.Meaning.REVISION_OPENED)}

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        self._demand_comment("Say what has to be corrected and why.")
        return data


class AddendumForm(SignFields):
    """What is added to a batch without changing it."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["comment"].label = "Addendum"

    def meanings(self) -> dict[str, str]:
        return {"": str(Signature.Meaning.ADDENDUM)}

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        self._demand_comment("Write what is added.")
        return data
