"""The characterization techniques, and the protein vocabulary of MISEV."""

from django.db import models


class Technique(models.TextChoices):
    """How particles, proteins or shapes are looked at."""

    NTA = "nta", "Nanoparticle tracking"
    WESTERN_BLOT = "western_blot", "Western blot"
    ELECTRON_MICROSCOPY = "electron_microscopy", "Electron microscopy"
    PROTEIN = "protein", "Protein assay"
    ENDOTOXIN = "endotoxin", "Endotoxin"
    STERILITY = "sterility", "Sterility"
    MYCOPLASMA = "mycoplasma", "Mycoplasma"
    PHYSICOCHEMICAL = "physicochemical", "pH, osmolality, appearance"


class MisevCategory(models.TextChoices):
    """Protein categories of MISEV2018 Table 3. Calnexin and GM130 are category 4, not 3."""

    ONE = "1", "1 · transmembrane"
    TWO = "2", "2 · cytosolic"
    THREE = "3", "3 · co-isolated"
    FOUR = "4", "4 · other compartment"
    FIVE = "5", "5 · secreted"


# Symbol: (category, lowest and highest expected kDa); ev-domain §1.3 and §7.1.
MARKERS: dict[str, tuple[str, int | None, int | None]] = {
    "CD9": ("1", 24, 27),
    "CD63": ("1", 30, 65),
    "CD81": ("1", 22, 26),
    "CD73": ("1", 70, 70),
    "CD90": ("1", 25, 37),
    "CD105": ("1", 90, 90),
    "TSG101": ("2", 44, 47),
    "ALIX": ("2", 95, 100),
    "Syntenin-1": ("2", 32, 32),
    "Flotillin-1": ("2", 48, 48),
    "HSP70": ("2", 70, 70),
    "Annexin A2": ("2", 36, 36),
    "ApoA1": ("3", 28, 28),
    "ApoB": ("3", 100, 515),
    "Albumin": ("3", 66, 66),
    "Calnexin": ("4", 90, 100),
    "GM130": ("4", 130, 130),
    "GRP94": ("4", 94, 100),
    "TOMM20": ("4", 16, 20),
    "Cytochrome c": ("4", 12, 15),
    "Histone H3": ("4", 15, 17),
}
TETRASPANINS = ("CD9", "CD63", "CD81")
