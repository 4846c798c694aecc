"""What waveletgpt (github.com/waveletgpt/waveletgpt) runs and offers in PyTorch.

    worker      the process that trains for `train.engine = "torch"`
    engine      its model and optimizers
    muon        Muon with its iteration in float32
    dropout     dropout by counter-based masks
    modeling_waveletgpt, wavelet_operator
                the models and the operator, as every model folder carries them
"""
