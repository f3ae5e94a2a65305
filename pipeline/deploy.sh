#!/usr/bin/env bash
# Deploys .artifact/packaged.yaml to a stage of samconfig.toml: pipeline/deploy.sh <stage> <bucket> [<role of CloudFormation>]
# It ends with an error when CloudFormation took the deployment back.
set -euo pipefail
cd "$(dirname "$0")/.."
stage=${1:?the stage: dev, staging or prod}
bucket=${2:?the bucket of the artefacts}
. pipeline/sam.sh
# SAM looks for its configuration beside the template.
options=(--config-file "$PWD/samconfig.toml" --config-env "$stage" --template-file .artifact/packaged.yaml --no-resolve-s3 --s3-bucket "$bucket" --s3-prefix template)
options+=(--no-confirm-changeset --no-fail-on-empty-changeset --no-progressbar)
if [ -n "${3:-}" ]; then options+=(--role-arn "$3"); fi
sam deploy "${options[@]}"
