"""How long things take and how much memory they need: ``python -m benchmarks``.

A subject is one module in ``benchmarks/subjects`` with a function ``run``; the registry names it.
Each subject runs in a fresh process of its own, several times; a repetition gives seconds by phase,
sizes, and values that must agree between subjects that do the same work.
"""
