#!/usr/bin/env bash
# Judges a file of samples on all nodes of a Slurm job, through Ray (pip install "rltf[ray]").
#
#   sbatch --nodes 4 deploy/slurm.sh samples.jsonl --dataset mbpp --out verdicts.jsonl
#
# What follows the script's name is for rltf score.
#SBATCH --job-name=rltf
#SBATCH --ntasks-per-node=1
#SBATCH --exclusive
set -euo pipefail

# no verdict without these two; the others are reported by rltf doctor
require=(--require-layer seccomp --require-layer landlock)
srun rltf doctor

mapfile -t nodes < <(scontrol show hostnames "$SLURM_JOB_NODELIST")
head=${nodes[0]}
port=$((20000 + SLURM_JOB_ID % 20000))
export RAY_ADDRESS=$head:$port
# other users reach the port: Ray asks them for this token (versions before tokens ignore it)
export RAY_AUTH_MODE=token
RAY_AUTH_TOKEN=$(python -c 'import secrets; print(secrets.token_hex(32))')
export RAY_AUTH_TOKEN

srun --nodes=1 --ntasks=1 --nodelist="$head" --overlap \
  ray start --head --node-ip-address="$head" --port="$port" --block &
# shellcheck disable=SC2016  # the nodes expand it
srun --nodes="$SLURM_NNODES" --overlap bash -c '
  if [ "$(hostname -s)" != "'"${head%%.*}"'" ]; then
    until ray start --address="$RAY_ADDRESS" --block; do sleep 5; done
  fi' &

until [ "$(python -c 'import ray; ray.init(logging_level="ERROR"); print(len(ray.nodes()))' \
  2>/dev/null)" = "$SLURM_NNODES" ]; do sleep 5; done
rltf score "$@" --executor ray "${require[@]}"
