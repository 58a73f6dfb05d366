"""Two kinds of import contract, for direct imports.

import-linter brings "forbidden", whose list of what could be imported wrongly
grows with every dependency, and "protected", which stumbles over a library that
nothing imports yet.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class _DirectImports(Contract):
    """A contract that is broken by single imports, which it prints one a line."""

    def strays(self, graph: ImportGraph) -> Iterator[str]:
        """Yield the imports that the contract does not allow."""
        raise NotImplementedError

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Find the imports that the contract does not allow."""
        strays = sorted(self.strays(graph))
        return ContractCheck(kept=not strays, metadata={"strays": strays})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print what was found."""
        for stray in check.metadata["strays"]:
            output.print_error(f"- {stray}", bold=False)
        output.new_line()


class OnlyImports(_DirectImports):
    """Packages that import nothing but themselves, the standard library and what is allowed."""

    type_name = "only_imports"

    source_modules: Any = fields.ListField(subfield=fields.StringField())
    allowed_modules: Any = fields.ListField(subfield=fields.StringField())

    def strays(self, graph: ImportGraph) -> Iterator[str]:
        """Yield the imports that lead outside."""
        sources = _within(self.source_modules, graph.modules)
        if not sources:
            yield f"no module {' or '.join(self.source_modules)}"
        allowed = [*self.source_modules, *self.allowed_modules, *sys.stdlib_module_names]
        for importer in sources:
            for imported in graph.find_modules_directly_imported_by(importer):
                if not _is_in(allowed, imported):
                    yield f"{importer} -> {imported}"


class OnlyFrom(_DirectImports):
    """Libraries that are imported from the listed packages and nowhere else."""

    type_name = "only_from"

    libraries: Any = fields.ListField(subfield=fields.StringField())
    importers: Any = fields.ListField(subfield=fields.StringField())

    def strays(self, graph: ImportGraph) -> Iterator[str]:
        """Yield the imports from elsewhere."""
        for library in _within(self.libraries, graph.modules):
            for importer in graph.find_modules_that_directly_import(library):
                if not _is_in([*self.libraries, *self.importers], importer):
                    yield f"{importer} -> {library}"


def _is_in(packages: list[str], module: str) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def _within(packages: list[str], modules: set[str]) -> list[str]:
    return [module for module in modules if _is_in(packages, module)]
