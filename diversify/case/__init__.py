"""What the user gives: tables and settings, read, checked and put into base units."""

from diversify.case.case import Case, example, read

__all__ = ["Case", "example", "read"]
