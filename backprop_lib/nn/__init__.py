"""Layers and models, as `Module`s: each holds its parameters and computes with the operations of `ops`."""

from backprop_lib.nn.activations import ELU, GELU, LeakyReLU, ReLU, Sigmoid, Softplus, Tanh
from backprop_lib.nn.attention import MultiHeadAttention, TransformerBlock
from backprop_lib.nn.images import AvgPool2d, Conv2d, MaxPool2d
from backprop_lib.nn.layers import MLP, Dropout, Flatten, Linear, Residual, Sequential
from backprop_lib.nn.module import Module
from backprop_lib.nn.normalisation import BatchNorm, LayerNorm
from backprop_lib.nn.sequences import GRU, LSTM, RNN, Embedding, GRUCell, LSTMCell, RNNCell

__all__ = [
    "ELU",
    "GELU",
    "GRU",
    "LSTM",
    "MLP",
    "RNN",
    "AvgPool2d",
    "BatchNorm",
    "Conv2d",
    "Dropout",
    "Embedding",
    "Flatten",
    "GRUCell",
    "LSTMCell",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "MaxPool2d",
    "Module",
    "MultiHeadAttention",
    "RNNCell",
    "ReLU",
    "Residual",
    "Sequential",
    "Sigmoid",
    "Softplus",
    "Tanh",
    "TransformerBlock",
]
