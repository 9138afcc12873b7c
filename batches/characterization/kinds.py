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
    TRPS = "trps", "Resistive pulse sensing (TRPS)"
    DLS = "dls", "Dynamic light scattering"
    ZETA = "zeta", "Zeta potential"
    NANOFLOW = "nanoflow", "Nano-flow cytometry"
    LIPID = "lipid", "Lipid assay"
    RNA = "rna", "RNA"
    GROWTH_FACTOR = "growth_factor", "Growth factors and cytokines"
    POTENCY = "potency", "Potency"


# The accessor of each technique's details on an assay.
DETAILS: dict[str, str] = {
    Technique.NTA: "nanoparticletracking",
    Technique.WESTERN_BLOT: "westernblot",
    Technique.ELECTRON_MICROSCOPY: "electronmicroscopy",
    Technique.PROTEIN: "proteinassay",
    Technique.ENDOTOXIN: "endotoxin",
    Technique.STERILITY: "sterility",
    Technique.MYCOPLASMA: "mycoplasma",
    Technique.PHYSICOCHEMICAL: "physicochemical",
    Technique.TRPS: "resistivepulse",
    Technique.DLS: "lightscattering",
    Technique.ZETA: "zetapotential",
    Technique.NANOFLOW: "nanoflow",
    Technique.LIPID: "lipidassay",
    Technique.RNA: "rnaassay",
    Technique.GROWTH_FACTOR: "growthfactorassay",
    Technique.POTENCY: "potencyassay",
}


# Techniques whose result is read off a standard curve on a plate.
PLATED = (
    Technique.PROTEIN,
    Technique.LIPID,
    Technique.RNA,
    Technique.GROWTH_FACTOR,
    Technique.ENDOTOXIN,
)


class MisevCategory(models.TextChoices):
    """Protein categories of MISEV2018 Table 3. Calnexin and GM130 are category 4, not 3."""

    ONE = "1", "1 · transmembrane"
    TWO = "2", "2 · cytosolic"
    THREE = "3", "3 · co-isolated"
    FOUR = "4", "4 · other compartment"
    FIVE = "5", "5 · secreted"
