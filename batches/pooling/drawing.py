"""A genealogy as a picture: origins on the left, what was made of them to the right, lines between."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from batches.pooling.genealogy import Genealogy, Key, Link, Node

WIDTH, HEIGHT = 128, 60
# Between columns: narrow, or wide enough for the volume that stands on the line.
NARROW, WIDE = 18, 60
ROW, EDGE, NARROWEST = HEIGHT + 16, 6, 762
MOST_LETTERS = 20


@dataclass(frozen=True)
class Layout:
    """Where the upper left corner of each box stands, and how large the picture is."""

    places: Mapping[Key, tuple[float, float]]
    width: float
    height: float


def layout_of(found: Genealogy) -> Layout:
    """Columns by rank; a box stands at the middle of its origins, or below the one before it."""
    ranks = {key: found.rank(key) for key in found.nodes}
    columns = _columns(found, ranks)
    heights: dict[Key, float] = {}
    for rank in sorted(columns):
        _stack(found, [key for key in _in_order(found) if ranks[key] == rank], heights)
    lowest = max(heights.values(), default=0) + HEIGHT + EDGE
    widest = max(columns.values(), default=0) + WIDTH + EDGE
    places = {key: (columns[ranks[key]], heights[key]) for key in found.nodes}
    return Layout(places, max(widest, NARROWEST), lowest)


def _columns(found: Genealogy, ranks: Mapping[Key, int]) -> dict[int, float]:
    """Where each column begins; ranks that nothing stands in take no room."""
    wide = {ranks[link.made] for link in found.links if link.words}
    left, begins = float(EDGE), dict[int, float]()
    for rank in sorted(set(ranks.values())):
        if begins:
            left += WIDTH + (WIDE if rank in wide else NARROW)
        begins[rank] = left
    return begins


def _in_order(found: Genealogy) -> list[Key]:
    """Everything, the origins of one thing beside each other."""
    ends = [key for key in found.nodes if not any(link.origin == key for link in found.links)]
    ordered: dict[Key, None] = {}

    def walk(key: Key) -> None:
        for origin in found.origins(key):
            walk(origin)
        ordered.setdefault(key)

    for key in ends:
        walk(key)
    return list(ordered)


def _stack(found: Genealogy, keys: list[Key], heights: dict[Key, float]) -> None:
    """Give each box of a column its height."""
    free = float(EDGE)
    for key in keys:
        origins = [heights[origin] for origin in found.origins(key) if origin in heights]
        wished = sum(origins) / len(origins) if origins else free
        heights[key] = max(wished, free)
        free = heights[key] + ROW


def picture_of(found: Genealogy) -> SafeString:
    """The picture; each box leads to the page of what it stands for."""
    layout = layout_of(found)
    told = "; ".join(f"{node.kind_words} {node.label}" for node in found.nodes.values())
    return format_html(
        '<svg class="chart chart-lineage" viewBox="0 0 {} {}" role="group" aria-label="From origins to what '
        'was made of them. {}">{}{}</svg>',
        f"{layout.width:.0f}",
        f"{layout.height:.0f}",
        told,
        _lines(found.links, layout),
        format_html_join(
            "", "{}", ((_box(node, layout, found.about == key),) for key, node in found.nodes.items())
        ),
    )


def _lines(links: Iterable[Link], layout: Layout) -> SafeString:
    links = list(links)
    many = Counter(link.origin for link in links if link.words)
    return format_html_join("", "{}", ((_line(link, layout, many[link.origin] > 1),) for link in links))


def _line(link: Link, layout: Layout, is_shared: bool) -> SafeString:
    """A line; its volume stands where it begins, or at its end where several begin there."""
    (left, upper), (right, lower) = layout.places[link.origin], layout.places[link.made]
    x, y, end_x, end_y = left + WIDTH, upper + HEIGHT / 2, right, lower + HEIGHT / 2
    bend = WIDE if link.words else NARROW
    path = format_html(
        '<path class="chart-line" d="M{} {}H{}c{} 0 {} {} {} {}"/>',
        *(f"{one:.1f}" for one in (x, y, end_x - bend, bend / 2, bend / 2, end_y - y, bend, end_y - y)),
    )
    if not link.words:
        return path
    at_x, at_y, anchor = (end_x - 6, end_y, "end") if is_shared else (x + 6, y, "start")
    goes_up = end_y < y if not is_shared else y < end_y
    label = '{}<text class="chart-label" x="{}" y="{}" text-anchor="{}">{}</text>'
    return format_html(
        label, path, f"{at_x:.1f}", f"{at_y + (16 if goes_up else -6):.1f}", anchor, link.words
    )


def _box(node: Node, layout: Layout, is_about: bool) -> SafeString:
    x, y = layout.places[node.key]
    lines = ((18, "label", node.kind_words), (35, "title", node.label), (51, "label", node.words))
    size = format_html('width="{}" height="{}" rx="8"', WIDTH, HEIGHT)
    return format_html(
        '<a class="chart-go" href="{}"><g transform="translate({} {})"><rect class="chart-box-{}" {}/>'
        '<rect class="chart-hit{}" {}/>{}</g></a>',
        node.url, f"{x:.1f}", f"{y:.1f}", node.kind, size, " chart-here" if is_about else "", size,
        format_html_join(
            "",
            '<text class="chart-{}" x="10" y="{}">{}</text>',
            ((style, down, _short(words)) for down, style, words in lines if words),
        ),
    )  # fmt: skip


def _short(words: str) -> str:
    return words if len(words) <= MOST_LETTERS else f"{words[: MOST_LETTERS - 1]}…"
