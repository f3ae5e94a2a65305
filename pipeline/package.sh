#!/usr/bin/env bash
# Builds the application once, and uploads what is deployed to every stage: pipeline/package.sh <bucket>
# The result is .artifact/packaged.yaml, which names the uploaded files. TEMPLATE is a template that is built already.
set -euo pipefail
cd "$(dirname "$0")/.."
bucket=${1:?the bucket of the artefacts}
. pipeline/sam.sh
if [ -z "${TEMPLATE:-}" ]; then
  npm run prepare
  sam build --no-cached
fi
mkdir -p .artifact
sam package --template-file "${TEMPLATE:-.aws-sam/build/template.yaml}" --s3-bucket "$bucket" --s3-prefix release \
  --no-progressbar --output-template-file .artifact/packaged.yaml
