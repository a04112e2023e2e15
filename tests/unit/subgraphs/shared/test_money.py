"""Amounts are exact, have one notation, and are never absurd."""

from __future__ import annotations

from decimal import Decimal

import pytest

from subgraphs.shared.money import Amount, check_money, plain


@pytest.mark.parametrize(
    ("given", "kept"),
    [("8", "8"), ("8.50", "8.5"), ("100", "100"), ("1E+2", "100"), ("0.00", "0"), ("-0", "0"), ("0.0001", "0.0001")],
)
def test_equal_amounts_are_kept_alike(given: str, kept: str) -> None:
    assert plain(Decimal(given)) == kept


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("NaN", "NOT_A_NUMBER"),
        ("sNaN", "NOT_A_NUMBER"),
        ("Infinity", "NOT_A_NUMBER"),
        ("-0.01", "NEGATIVE"),
        ("1000000000000", "OUT_OF_RANGE"),
        ("1E+999999999", "OUT_OF_RANGE"),
        ("1E-999999999", "OUT_OF_RANGE"),
        ("0.00001", "OUT_OF_RANGE"),
    ],
)
def test_amounts_that_are_no_price_are_refused(given: str, code: str) -> None:
    refusals = list(check_money(Amount(Decimal(given), "EUR"), ("price",)))
    assert [(item.code, item.field) for item in refusals] == [(code, ("price", "amount"))]


@pytest.mark.parametrize("given", ["0", "999999999999.9999", "1.10000000", "0E+999999999"])
def test_prices_are_accepted(given: str) -> None:
    assert list(check_money(Amount(Decimal(given), "EUR"), ("price",))) == []


@pytest.mark.parametrize("currency", ["", "eur", "EURO", "EUR\n"])
def test_currencies_are_three_capitals(currency: str) -> None:
    refusals = list(check_money(Amount(Decimal(1), currency), ("price",)))
    assert [(item.code, item.field) for item in refusals] == [("BAD_CURRENCY", ("price", "currency"))]
