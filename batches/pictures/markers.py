"""Markers over the batches of a product: which proteins were found in which batch, as a heat map."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from batches.characterization.blots import BlotMarker
from batches.characterization.flow import FlowGate
from batches.characterization.models import Assay
from batches.masters.models import Product
from batches.record.models import Batch

MOST_BATCHES = 40
CELL_WIDTH, CELL_HEIGHT, LEFT, TOP = 46, 30, 150, 118
Found = BlotMarker.Found
# What stands in a cell: class, sign (colour is never alone), words.
LOOKS = {
    Found.DETECTED: ("heat-detected", "+", "detected"),
    Found.WEAK: ("heat-weak", "w", "weak"),
    Found.NOT_DETECTED: ("heat-absent", "−", "not detected"),
    Found.NOT_INTERPRETABLE: ("heat-unclear", "?", "not interpretable"),
    "differ": ("heat-unclear", "≠", "blots differ"),
    "": ("heat-none", "", "not looked for"),
}


@dataclass(frozen=True, order=True)
class Column:
    """A marker by one technique; in the order of MISEV categories, blots before flow."""

    category: str
    is_flow: bool
    target: str

    @property
    def label(self) -> str:
        return f"{self.target} (flow)" if self.is_flow else self.target


@dataclass(frozen=True)
class Cell:
    """What a batch shows of a marker."""

    look: str
    sign: str
    words: str
    share: Decimal | None = None


NOTHING = Cell(*LOOKS[""])


@dataclass(frozen=True)
class MarkerMap:
    """Batches, newest first, by markers."""

    batches: Sequence[Batch]
    columns: Sequence[Column]
    cells: dict[tuple[int, Column], Cell]

    def row(self, batch: Batch) -> list[Cell]:
        return [self.cells.get((batch.pk, column), NOTHING) for column in self.columns]

    @property
    def table(self) -> list[tuple[Batch, list[Cell]]]:
        return [(batch, self.row(batch)) for batch in self.batches]


def map_of(product: Product) -> MarkerMap:
    """The newest batches of a product with a finished blot or panel of the final sample; three queries."""
    finished = Assay.objects.finished().filter(batch__product=product, sample=Assay.Sample.FINAL)
    looked = finished.filter(technique__in=["western_blot", "nanoflow"]).values("batch")
    batches = list(Batch.objects.filter(pk__in=looked).order_by("-id").only("number")[:MOST_BATCHES])
    cells = {**_blots(finished, batches), **_flow(finished, batches)}
    columns = sorted({column for _, column in cells})
    return MarkerMap(batches, columns, cells)


def _blots(finished: object, batches: Iterable[Batch]) -> dict[tuple[int, Column], Cell]:
    rows = BlotMarker.objects.filter(
        blot__assay__in=finished, blot__assay__batch__in=list(batches), is_voided=False
    ).exclude(found="")
    found: dict[tuple[int, Column], set[str]] = defaultdict(set)
    for batch, target, category, what in rows.values_list(
        "blot__assay__batch_id", "target", "misev_category", "found"
    ):
        found[batch, Column(category, False, target)].add(what)
    return {key: Cell(*LOOKS[_joined(what)]) for key, what in found.items()}


def _joined(found: set[str]) -> str:
    """What several blots say together: a weak band is a band; what contradicts itself is shown as that."""
    if len(found) == 1:
        return next(iter(found))
    return Found.DETECTED if found == {Found.DETECTED, Found.WEAK} else "differ"


def _flow(finished: object, batches: Iterable[Batch]) -> dict[tuple[int, Column], Cell]:
    rows = FlowGate.objects.filter(
        details__assay__in=finished, details__assay__batch__in=list(batches), is_voided=False
    ).exclude(positive_percent=None)
    shares: dict[tuple[int, Column], list[Decimal]] = defaultdict(list)
    for batch, target, category, share in rows.values_list(
        "details__assay__batch_id", "target", "misev_category", "positive_percent"
    ):
        shares[batch, Column(category, True, target)].append(share)
    return {key: _share_cell(sum(given, Decimal(0)) / len(given)) for key, given in shares.items()}


def _share_cell(share: Decimal) -> Cell:
    told = f"{share:.0f} %"
    return Cell(f"heat-share-{min(int(share) // 20, 4) + 1}", told, f"{told} positive", share)


def heat_map(found: MarkerMap) -> SafeString:
    """The picture; empty without a column."""
    if not found.columns:
        return SafeString("")
    width = LEFT + CELL_WIDTH * len(found.columns) + 24
    height = TOP + CELL_HEIGHT * len(found.batches) + 8
    return format_html(
        '<svg class="chart heat" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}</svg>',
        width,
        height,
        f"Markers found in {len(found.batches)} batches; the table says the same in words",
        _headings(found.columns),
        format_html_join("", "{}", ((_row(found, at),) for at in range(len(found.batches)))),
    )


def _headings(columns: Sequence[Column]) -> SafeString:
    return format_html_join(
        "",
        '<text class="chart-label" transform="translate({} {}) rotate(-50)">{}</text>',
        (
            (LEFT + CELL_WIDTH * at + CELL_WIDTH // 2, TOP - 8, f"{column.label} · {column.category}")
            for at, column in enumerate(columns)
        ),
    )


def _row(found: MarkerMap, at: int) -> SafeString:
    batch, y = found.batches[at], TOP + CELL_HEIGHT * at
    cells = format_html_join(
        "",
        '<rect class="{}" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>'
        '<text class="chart-label" x="{}" y="{}" text-anchor="middle">{}</text>',
        (
            (
                cell.look, LEFT + CELL_WIDTH * column, y, CELL_WIDTH - 2, CELL_HEIGHT - 2,
                f"{batch.number}, {found.columns[column].label}: {cell.words}",
                LEFT + CELL_WIDTH * column + CELL_WIDTH // 2 - 1, y + CELL_HEIGHT // 2 + 3, cell.sign,
            )
            for column, cell in enumerate(found.row(batch))
        ),
    )  # fmt: skip
    name = format_html(
        '<text class="chart-label" x="{}" y="{}" text-anchor="end">{}</text>',
        LEFT - 8,
        y + CELL_HEIGHT // 2 + 3,
        batch.number,
    )
    return format_html("{}{}", name, cells)
