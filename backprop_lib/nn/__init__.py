"""Layers and models, as `Module`s: each holds its parameters and computes with the operations of `ops`."""

from backprop_lib.lazy import lazy

__getattr__, __dir__ = lazy(
    __name__,
    {
        "module": ["Module"],
        "layers": ["MLP", "Dropout", "Flatten", "Linear", "Residual", "Sequential"],
        "activations": ["ELU", "GELU", "LeakyReLU", "ReLU", "Sigmoid", "Softplus", "Tanh"],
        "normalisation": ["BatchNorm", "LayerNorm"],
        "images": ["AvgPool2d", "Conv2d", "MaxPool2d"],
        "sequences": ["GRU", "LSTM", "RNN", "Embedding", "GRUCell", "LSTMCell", "RNNCell"],
        "attention": ["MultiHeadAttention", "TransformerBlock"],
    },
)
