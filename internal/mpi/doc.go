// Package mpi moves bytes between the processes of an MPI job, in plain Go: the MPI
// library of the machine is loaded when the program runs. It is for commands that link
// dynamically; a static program cannot load libraries.
//
// Calls, constants and their meaning are those of the MPI standard, version 5.0
// (https://www.mpi-forum.org/docs/mpi-5.0/mpi50-report.pdf). No reduction of MPI is
// used, because the order of its additions is not fixed.
package mpi

import "time"

// Variable names the environment variable with the library file to load, such as
// /opt/mpich/lib/libmpi.so.12. Without it the library fits the launcher.
const Variable = "WAVELETGPT_MPI"

// Patience is how long a process waits for the others in one call, if nothing else is
// said.
const Patience = time.Minute
