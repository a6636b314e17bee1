"""Demonstration content: true sentences made from the register of units, and plainly marked illustrations.

No name, telephone number, address or document number is made up. What is not known stays empty, and the page says so.
"""

from collections.abc import Callable

from .filling import create_demo

Progress = Callable[[int, int], None]

__all__ = ["create_demo"]
