// Package torch trains models by PyTorch: it starts a Python process that holds the
// model and the optimizers on a device, and asks it for steps, losses and values.
//
// Requests and answers are frames over the process's standard input and output, see
// [waveletgpt_torch/worker.py]. The process needs PyTorch and transformers, and nothing
// else of this program: the package that it runs is embedded here, and the models in it
// are those that every model folder carries.
//
// [waveletgpt_torch/worker.py]: https://github.com/waveletgpt/waveletgpt/blob/main/internal/torch/waveletgpt_torch/worker.py
package torch
