"""Compares a PyTorch program's model with its migration to MindSpore by executing both.

Each framework runs in a process of its own, because both programs have the same module names. The workers exchange NumPy files: the PyTorch side
gives weights, outputs, gradients and a loss curve; the MindSpore side takes the weights and repeats everything in PyNative mode and compiled.
"""
