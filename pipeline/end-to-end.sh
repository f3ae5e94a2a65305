#!/usr/bin/env bash
# Runs end-to-end tests against a stack that takes no real money: pipeline/end-to-end.sh <name of the stack>
# They make their own customers, products and orders. AWS_ENDPOINT_URL makes it a stack of the local cloud.
set -euo pipefail
cd "$(dirname "$0")/.."
stack=${1:?the name of the stack}
. pipeline/sam.sh
npm run prepare
export STACK_FILE=.artifact/stack.json
mkdir -p .artifact
node local/deployed-stack.ts --stack "$stack" > "$STACK_FILE"
# Those that need no local cloud: the others read its mailbox, or change its functions.
jest --selectProjects cloud --ci --testPathPatterns 'tests/e2e/(place-order|idempotency|get-order|list-products)\.test'
