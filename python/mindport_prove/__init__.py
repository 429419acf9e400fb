"""Executes catalog examples in PyTorch and in MindSpore and compares them.

One job says one example: PyTorch source, MindSpore source, and how their inputs are drawn. Both are run on the same numbers; values,
shapes, dtypes and the gradient of every floating input are compared, in PyNative mode and compiled by ``ms.jit``, every compiled function
at least three times on new numbers. Jobs come as JSON lines on standard input, answers leave as JSON lines on standard output: ``python -m
mindport_prove --help``.
"""
