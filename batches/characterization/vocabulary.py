"""The protein vocabulary of MISEV2018 Table 3 (ev-domain §1.3) and the expected sizes of §7.1.

Calnexin and GM130 are category 4, not 3. Families stand as a pattern (`CHMP*`, `ITGA*`);
the names that people write on blots (ALIX, syntenin-1, CD73) count as the gene's symbol.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

TETRASPANINS = ("CD9", "CD63", "CD81")
# Growth factors and cytokines that a specification can name, with other ways to write them.
ANALYTES: Mapping[str, tuple[str, ...]] = {
    "VEGF-A": ("VEGF", "VEGFA", "VEGF165"),
    "HGF": (),
    "TGF-B1": ("TGFB1", "TGF-β1", "TGF-beta-1"),
    "FGF-2": ("FGF2", "bFGF", "FGF-basic"),
    "PDGF-BB": ("PDGFBB", "PDGFB"),
    "EGF": (),
    "IGF-1": ("IGF1",),
    "BDNF": (),
    "NGF": ("NGFB", "β-NGF"),
    "IL-6": ("IL6",),
    "IL-8": ("IL8", "CXCL8"),
    "IL-10": ("IL10",),
    "TNF-A": ("TNF", "TNFA", "TNF-α", "TNF-alpha"),
    "IFN-G": ("IFNG", "IFN-γ", "IFN-gamma"),
}
SUBCATEGORIES: Mapping[str, str] = {
    "1a": "transmembrane or GPI-anchored, any tissue",
    "1b": "transmembrane or GPI-anchored, of some cells or tissues",
    "2a": "cytosolic, binds lipid or membrane protein",
    "2b": "cytosolic, binds to many things",
    "3a": "lipoprotein or serum protein, co-isolated",
    "3b": "protein or nucleoprotein aggregate",
    "4a": "nucleus",
    "4b": "mitochondria",
    "4c": "endoplasmic reticulum or Golgi",
    "4d": "autophagosome, cytoskeleton, other",
    "5a": "cytokine or growth factor",
    "5b": "adhesion or extracellular matrix",
}
# Subcategory: symbols. After '=' stand other names of the same protein; '#' stands for a number and what
# follows it (IL6, but not ILK), '*' for up to three letters or digits (ITGAV, TUBA1A).
_TABLE: Mapping[str, str] = {
    "1a": "CD63 CD81 CD82 CD47 GNA* HLA-A HLA-B HLA-C ITGA* ITGB# TFR2 LAMP1 LAMP2 SDC# BSG=EMMPRIN ADAM10 "
    "CD73=NT5E CD55 CD59 SHH",
    "1b": "CD9 TSPAN8 CD37 CD53 PECAM1=CD31 ERBB2 EPCAM CD90=THY1 PTPRC=CD45 ITGA2B=CD41 GP9=CD42a GYPA "
    "HLA-DR HLA-DP HLA-DQ CD14 CD3=CD3D=CD3E=CD3G ACHE APP CD105=ENG",
    "2a": "TSG101 CHMP# ALIX=PDCD6IP VPS4A VPS4B ARRDC1 Flotillin-1=FLOT1 FLOT2=Flotillin-2 CAV#=Caveolin-1 "
    "EHD# RHOA Annexin-A2=ANXA2 ANXA# HSPA8=HSC70 HSP90AB1 ARF6 Syntenin-1=SDCBP=Syntenin MAPT",
    "2b": "HSP70=HSPA1A Actin=ACTB=ACTA2=ACTG1=Beta-actin TUB* GAPDH",
    "3a": "ApoA1=ApoA-I APOA2 ApoB=APOB100 Albumin=ALB=HSA=BSA",
    "3b": "UMOD AGO2 RPL# RPS#",
    "4a": "Histone-H3=H3 HIST1H# LMNA=Lamin-A",
    "4b": "IMMT CYC1 TOMM20 VDAC1 Cytochrome-c=CYCS",
    "4c": "Calnexin=CANX GRP94=HSP90B1 BiP=HSPA5=GRP78 GM130=GOLGA2",
    "4d": "ATG9A ACTN1 ACTN4 KRT18",
    "5a": "TGFB1=TGF-beta-1 TGFB2 IFNG VEGFA=VEGF FGF1 FGF2=bFGF PDGF=PDGFA=PDGFB=PDGF-AA=PDGF-BB EGF IL#",
    "5b": "FN1=Fibronectin COL# MFGE8 LGALS3BP CD5L AHSG=Fetuin-A",
}
# Expected size on a blot (lowest and highest kDa).
_KDA: Mapping[str, tuple[int, int]] = {
    "CD9": (24, 27),
    "CD63": (30, 65),
    "CD81": (22, 26),
    "CD73": (70, 70),
    "CD90": (25, 37),
    "CD105": (90, 90),
    "TSG101": (44, 47),
    "ALIX": (95, 100),
    "Syntenin-1": (32, 32),
    "Flotillin-1": (48, 48),
    "HSP70": (70, 70),
    "Annexin A2": (36, 36),
    "GAPDH": (36, 36),
    "Actin": (42, 42),
    "ApoA1": (28, 28),
    "ApoB": (100, 515),
    "Albumin": (66, 66),
    "Calnexin": (90, 100),
    "GM130": (130, 130),
    "GRP94": (94, 100),
    "BiP": (78, 78),
    "TOMM20": (16, 20),
    "Cytochrome c": (12, 15),
    "Histone H3": (15, 17),
    "LMNA": (65, 70),
}


@dataclass(frozen=True)
class KnownMarker:
    """A protein of the vocabulary; `symbol` ends in # or * where it stands for a family."""

    symbol: str
    subcategory: str
    kda: tuple[int, int] | None = None

    @property
    def category(self) -> str:
        """The MISEV category, 1 to 5."""
        return self.subcategory[0]

    @property
    def words(self) -> str:
        return f"{self.subcategory} · {SUBCATEGORIES[self.subcategory]}"


def _written(name: str) -> str:
    """A name as it is compared: without case, spaces, dashes."""
    return "".join(letter for letter in name.casefold() if letter not in " -_‐–/.")


def _all() -> dict[str, KnownMarker]:
    found: dict[str, KnownMarker] = {}
    for subcategory, line in _TABLE.items():
        for names in line.split():
            first, *others = names.split("=")
            symbol = next((known for known in _KDA if _written(known) == _written(first)), first)
            marker = KnownMarker(symbol, subcategory, _KDA.get(symbol))
            found |= {_written(name): marker for name in (first, *others)}
    return found


_BY_NAME = _all()
_FAMILIES = {name: marker for name, marker in _BY_NAME.items() if name[-1] in "#*"}
# Proteins by the symbol that the record shows, without families.
MARKERS: Mapping[str, KnownMarker] = {
    marker.symbol: marker for name, marker in _BY_NAME.items() if name not in _FAMILIES
}


@lru_cache(maxsize=1000)
def known_marker(name: str) -> KnownMarker | None:
    """The protein that people call so, by symbol, other name or family; None for an unknown one."""
    written = _written(name)
    family = next((pattern for pattern in _FAMILIES if _is_of(written, pattern)), "")
    return _BY_NAME.get(written) or _FAMILIES.get(family)


def is_analyte(written: str, name: str) -> bool:
    """Whether people mean that growth factor or cytokine of the list."""
    return _written(written) in {_written(one) for one in (name, *ANALYTES[name])}


def _is_of(written: str, pattern: str) -> bool:
    begin, kind = pattern[:-1], pattern[-1]
    rest = written.removeprefix(begin)
    if rest == written or not rest:
        return False
    return rest[0].isdigit() if kind == "#" else len(rest) <= 3
