# To be read with `.`: puts the pinned SAM CLI on the PATH, and installs it where it is missing. `npm start` and
# `npm test` install the same one into the same folder.
if [ ! -x .venv/sam/bin/sam ]; then
  python3 -m venv .venv/sam
  .venv/sam/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r local/python/sam.txt
fi
PATH="$PWD/.venv/sam/bin:$PWD/node_modules/.bin:$PATH"
export SAM_CLI_TELEMETRY=0
