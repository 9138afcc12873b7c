"""The kinds of source material, and which details each kind has."""

from django.db import models


class SourceKind(models.TextChoices):
    """Where the vesicles come from."""

    BONE_MARROW_MSC = "bone_marrow_msc", "Bone-marrow MSC"
    ADIPOSE_MSC = "adipose_msc", "Adipose MSC"
    CORD_MSC = "cord_msc", "Umbilical-cord MSC"
    PLACENTA = "placenta", "Placental tissue"
    CORD_BLOOD = "cord_blood", "Umbilical cord blood"
    CELL_LINE = "cell_line", "Cell line"
    OTHER = "other", "Other"


MSC_KINDS = frozenset({SourceKind.BONE_MARROW_MSC, SourceKind.ADIPOSE_MSC, SourceKind.CORD_MSC})
# For these the donor is a newborn, so tests are run on the birth mother (21 CFR 1271.80(a)).
BIRTH_KINDS = frozenset({SourceKind.CORD_MSC, SourceKind.PLACENTA, SourceKind.CORD_BLOOD})
CULTURED_KINDS = MSC_KINDS | {SourceKind.CELL_LINE, SourceKind.OTHER}
