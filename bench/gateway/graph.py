"""The benchmark's graph: four subgraphs, the queries, and data that are functions of an id.

An id names a world, so answers differ from request to request while every value can be verified.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

WORLDS: Final = 32
_LINK: Final = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", '
    'import: ["@key", "@external", "@requires", "@provides", "@shareable"])\n'
)

SDLS: Final = {
    "readers": _LINK
    + """
type Query { readers: [Reader] reader(id: ID!): Reader }
type Reader @key(fields: "id") { id: ID! name: String handle: String @shareable born: Int }
""",
    "books": _LINK
    + """
type Query { topBooks(first: Int = 5): [Book] }
interface Work { isbn: String! title: String cents: Int grams: Int }
type Book implements Work @key(fields: "isbn") { isbn: String! title: String cents: Int grams: Int }
type Tape implements Work @key(fields: "isbn") { isbn: String! title: String cents: Int grams: Int }
""",
    "opinions": _LINK
    + """
type Query { opinion(id: ID!): Opinion }
type Opinion @key(fields: "id") {
  id: ID! text: String book: Book work: Work author: Reader @provides(fields: "handle")
}
type Reader @key(fields: "id") { id: ID! handle: String @external opinions: [Opinion] }
interface Work { isbn: String! opinions: [Opinion] }
type Book implements Work @key(fields: "isbn") { isbn: String! opinions: [Opinion] }
type Tape implements Work @key(fields: "isbn") { isbn: String! opinions: [Opinion] }
""",
    "stock": _LINK
    + """
type Query { warehouse: String }
interface Work { isbn: String! inStock: Boolean days: Int }
type Book implements Work @key(fields: "isbn") {
  isbn: String! cents: Int @external grams: Int @external
  inStock: Boolean days: Int @requires(fields: "cents grams")
}
type Tape implements Work @key(fields: "isbn") {
  isbn: String! cents: Int @external grams: Int @external
  inStock: Boolean days: Int @requires(fields: "cents grams")
}
""",
}

_FRAGMENTS: Final = """
fragment Who on Reader { id handle name }
fragment Said on Opinion { id text }
"""
_BOOK: Final = "inStock title cents days isbn grams"

NESTED: Final = (
    "query Nested { readers { ...Who opinions { ...Said book { ...Item opinions { ...Said author { ...Who opinions "
    "{ ...Said book { ...Item } } } } } } } topBooks { ...Item opinions { ...Said author { ...Who opinions "
    "{ ...Said book { ...Item } } } } } }" + _FRAGMENTS + f"fragment Item on Book {{ {_BOOK} }}\n"
)

NESTED_VARIABLES: Final = (
    NESTED.replace("query Nested", "query Nested($first: Int, $text: Boolean!, $born: Boolean!)")
    .replace("topBooks", "topBooks(first: $first)")
    .replace("id text", "id text @include(if: $text)")
    .replace("id handle name", "id handle name born @include(if: $born)")
)

NESTED_ABSTRACT: Final = (
    NESTED.replace("book {", "work {")
    .replace("fragment Item on Book", "fragment Item on Work")
    .replace("isbn grams }", "isbn grams ... on Tape { __typename } }")
)

ONE: Final = "query One { readers { id handle name } }"
ONE_VARIABLES: Final = "query One($first: Int) { topBooks(first: $first) { isbn title cents grams } }"
ONE_ABSTRACT: Final = (
    "query One($id: ID!) { opinion(id: $id) { id work { __typename isbn ... on Book { opinions { id } } "
    "... on Tape { opinions { id book { isbn } } } } } }"
)

_WORDS: Final = (
    "The second half keeps what the first one promises, and the maps at the end repay the patience that its middle "
    "chapters ask for. Some of the letters have been printed before, though never in this order, and the notes say "
    "plainly where a date is guessed. Read it beside a good atlas. "
) * 4
_LENGTHS: Final = (445, 289, 275, 143, 445, 289, 275, 143, 143, 143, 844)
_OPINIONS_OF_BOOK: Final = {1: 4, 2: 4, 3: 1, 4: 2, 5: 0}


@dataclass(frozen=True, slots=True)
class Ref:
    """An object of the graph: everything else follows from type and id."""

    type: str
    id: str


Value = str | int | bool | None | Ref | list[Ref]


def world_of(id: str) -> str:
    return id.partition("-")[0]


def number_of(id: str) -> int:
    return int(id.split("-")[1])


def readers(world: int) -> list[Ref]:
    return [Ref("Reader", f"{world}-{number}") for number in range(1, 7)]


def top_books(world: int, first: int) -> list[Ref]:
    return [Ref("Book", f"{world}-{number}") for number in range(1, first + 1)]


def _opinions_of_reader(id: str) -> list[Ref]:
    return [Ref("Opinion", f"{id}-{number}-r") for number in (1, 2)]


def _opinions_of_book(id: str) -> list[Ref]:
    return [Ref("Opinion", f"{id}-{number}-b") for number in range(1, _OPINIONS_OF_BOOK[number_of(id)] + 1)]


def _text(id: str) -> str:
    world, first, second, _ = id.split("-")
    number = int(first) * 4 + int(second)
    return f"{id} {_WORDS[int(world) :]}"[: _LENGTHS[number % len(_LENGTHS)]]


def _book_number(id: str) -> int:
    """Books with four opinions, as in the benchmark that this one resembles."""
    _, first, second, kind = id.split("-")
    return int(first) if kind == "b" else 1 + (int(first) + int(second)) % 2


def _book(id: str) -> Ref:
    return Ref("Book", f"{world_of(id)}-{_book_number(id)}")


def _work(id: str) -> Ref:
    return Ref("Book" if _book_number(id) == 1 else "Tape", f"{world_of(id)}-{_book_number(id)}")


def _author(id: str) -> Ref:
    _, first, second, kind = id.split("-")
    return Ref("Reader", f"{world_of(id)}-{first if kind == 'r' else 1 + (int(first) + int(second)) % 6}")


_WORK: Final[dict[str, Callable[[str], Value]]] = {
    "isbn": lambda id: id,
    "title": lambda id: f"Volume {id}",
    "cents": lambda id: 899 + number_of(id) + int(world_of(id)),
    "grams": lambda id: 100 * number_of(id),
    "inStock": lambda id: number_of(id) % 2 == 1,
    "days": lambda id: None if number_of(id) == 1 else number_of(id) * 7,
    "opinions": _opinions_of_book,
}

FIELDS: Final[dict[str, dict[str, Callable[[str], Value]]]] = {
    "Reader": {
        "id": lambda id: id,
        "name": lambda id: f"Reader number {id}",
        "handle": lambda id: f"@{id}",
        "born": lambda id: 1950 + number_of(id),
        "opinions": _opinions_of_reader,
    },
    "Opinion": {"id": lambda id: id, "text": _text, "book": _book, "work": _work, "author": _author},
    "Book": {"__typename": lambda _: "Book", **_WORK},
    "Tape": {"__typename": lambda _: "Tape", **_WORK},
}
