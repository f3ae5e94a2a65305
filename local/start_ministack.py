"""Starts MiniStack with thirteen changes. Run it with the Python of MiniStack's environment, in place of the `ministack`
command. It takes the same arguments and environment, and in ALSO_BIND a second address to listen on.

- Errors of Lambda functions keep their name, and are logged as Lambda logs them, with their stack, also when a function
  throws while it loads. MiniStack 1.5.33 reports every error that a Node.js handler throws as
  `Runtime.HandlerError`, and then kills the worker. On AWS `errorType` is the name of the error, which Retry and Catch
  of a state machine match, and the worker goes on. AWS replaces only a worker whose process ended, and reports
  `Runtime.ExitError`. Of an error while loading MiniStack keeps only the message.
- All that a Node.js function logged is in its log. MiniStack takes what has come within 5 ms of the first line, so that on
  a busy machine the last lines are missing, or are part of the worker's next invocation. The worker says now when it is
  done, and nobody waits 50 ms for the lines of a function that logs none.
- Writes to DynamoDB are atomic. MiniStack runs the integration `dynamodb:updateItem` of Step Functions on the thread of
  the execution, at the same time as requests over HTTP. Two conditional writes could both find their condition met.
- At most one worker per processor starts at a time. MiniStack starts a process for every concurrent invocation. A
  hundred at once keep a small machine so busy that each reaches its function's timeout, is killed and starts again.
- A Task whose function is at its concurrency fails with `Lambda.TooManyRequestsException`, as on AWS. MiniStack says
  `Lambda.Unknown`.
- A retry waits as its `MaxDelaySeconds` and `JitterStrategy` say. MiniStack knows neither, so that all who were refused
  together come again together.
- A nested startExecution whose name exists fails with the integration's own error name,
  `StepFunctions.ExecutionAlreadyExistsException`.
- A topic mails its subscribers by e-mail, into the mailbox of SES. MiniStack only logs that it would.
- A claim with a list, such as `cognito:groups`, reaches a function as comma-separated text.
- A batch of a table's stream is retried, halved and given up as its event source mapping says. MiniStack repeats a batch
  whose function ends with an error until its records are too old, and takes partial failures for success.
- An e-mail needs a right on the identity that sends and one on its configuration set, as on AWS. MiniStack asks for one
  on `*`, which no role has.
- A REST API whose routes change keeps its id, as on AWS. MiniStack makes another one, whose id then changes in whatever
  is made of it: the stack of the storefront, and the address that clients have.
- Every request counts as secure transport. MiniStack answers plain HTTP on this machine alone. A bucket policy that
  refuses plain HTTP would refuse every request.
"""

import contextvars
import datetime
import functools
import json
import os
import queue
import random
import sys
import threading
import time

from hypercorn.config import Config
from ministack.core import iam_actions, iam_evaluator, lambda_runtime
from ministack.core.responses import get_account_id

pin_request_origin = iam_evaluator.pin_request_origin
# Replaced before another module imports it by name.
iam_evaluator.pin_request_origin = lambda source_ip, _secure: pin_request_origin(source_ip, True)

from ministack.services import apigateway_v1, dynamodb, lambda_svc, ses, sns, stepfunctions
from ministack.services.cloudformation import provisioners

THROWN = "__thrown"

# The worker returns a thrown error as a result. So MiniStack keeps the worker.
ASYNC_ERROR = 'status: "error", error: String(err.message || err), trace: err.stack || ""'
SYNC_ERROR = 'status: "error", error: e.message, trace: e.stack'
LOADING_ERROR = 'status: "error", error: e.message\n'
LOADING_FAILED = "Worker init failed: "


def as_data(variable: str) -> str:
    return (
        f'{{ errorType: ({variable} && {variable}.name) || "Error", '
        f"errorMessage: String(({variable} && {variable}.message) || {variable}), "
        f'trace: String(({variable} && {variable}.stack) || "").split("\\n") }}'
    )


def as_result(variable: str) -> str:
    return f'status: "ok", result: {{ {THROWN}: {as_data(variable)} }}'


script = lambda_runtime._NODEJS_WORKER_SCRIPT
for original, replacement in (
    (ASYNC_ERROR, as_result("err")),
    (SYNC_ERROR, as_result("e")),
    (LOADING_ERROR, f'status: "error", error: JSON.stringify({as_data("e")})\n'),
):
    if script.count(original) != 1:
        sys.exit("start_ministack: this version of MiniStack reports Lambda errors in a way that is not known here")
    script = script.replace(original, replacement)
# Standard error is written at once, so that every line of the invocation comes before this one.
END_OF_LOG = "\0 the invocation has ended"
ANSWER = "const _realStdoutWrite = process.stdout.write.bind(process.stdout);"
if script.count(ANSWER) != 1:
    sys.exit("start_ministack: this version of MiniStack answers invocations in a way that is not known here")
script = script.replace(
    ANSWER,
    "const _answer = process.stdout.write.bind(process.stdout);\n"
    "const _realStdoutWrite = (text) => {\n"
    f"  if (!text.startsWith('{{\"status\":\"ready\"')) _stderrWrite({json.dumps(END_OF_LOG)} + '\\n');\n"
    "  return _answer(text);\n"
    "};",
)
lambda_runtime._NODEJS_WORKER_SCRIPT = script

drain_log = lambda_runtime.Worker._drain_stderr_bounded


def drain_log_to_its_end(worker, *args, **kwargs):
    if not worker.config.get("Runtime", "").startswith("nodejs"):
        return drain_log(worker, *args, **kwargs)
    lines = []
    # A worker that died has not said that it was done.
    deadline = time.monotonic() + (0.25 if worker._proc is None else 2)
    while (left := deadline - time.monotonic()) > 0:
        try:
            line = worker._stderr_queue.get(timeout=left)
        except queue.Empty:
            break
        if line == END_OF_LOG:
            break
        # What a function wrote without an end of line stands before the mark.
        lines.append(line.removesuffix(END_OF_LOG))
        if line.endswith(END_OF_LOG):
            break
    return "\n".join(lines)


lambda_runtime.Worker._drain_stderr_bounded = drain_log_to_its_end

execute_warm = lambda_svc._execute_function_warm


def failed(outcome, request_id, what, error):
    """The outcome of an error, whose log ends with the line that Lambda writes of it."""
    described = {"errorType": error["errorType"], "errorMessage": error["errorMessage"], "stack": error["trace"]}
    at = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    line = f"{at}\t{request_id}\tERROR\t{what} \t{json.dumps(described)}"
    return {"body": error, "error": True, "log": "\n".join(filter(None, [outcome.get("log", ""), line]))}


def execute_with_error_names(func, event, request_id):
    outcome = execute_warm(func, event, request_id)
    body = outcome.get("body")
    if not outcome.get("error") and isinstance(body, dict) and THROWN in body:
        return failed(outcome, request_id, "Invoke Error", body[THROWN])
    message = str(body.get("errorMessage")) if outcome.get("error") and isinstance(body, dict) else ""
    if message.startswith(LOADING_FAILED + "{"):
        return failed(outcome, request_id, "Uncaught Exception", json.loads(message.removeprefix(LOADING_FAILED)))
    if outcome.get("error") and isinstance(body, dict) and body.get("errorMessage") == "Worker process died":
        body.update(errorType="Runtime.ExitError", errorMessage="Runtime exited before returning a response")
    return outcome


lambda_svc._execute_function_warm = execute_with_error_names

throttle_response = lambda_svc._throttle_response


def throttle_response_with_error_name(*args, **kwargs):
    outcome = throttle_response(*args, **kwargs)
    outcome["body"]["errorType"] = "Lambda.TooManyRequestsException"
    return outcome


lambda_svc._throttle_response = throttle_response_with_error_name

find_matching_retrier = stepfunctions._find_matching_retrier


def find_matching_retrier_with_its_wait(retriers, error, retry_counts):
    retrier, index = find_matching_retrier(retriers, error, retry_counts)
    if retrier is None:
        return retrier, index
    longest = retrier.get("IntervalSeconds", 1) * retrier.get("BackoffRate", 2.0) ** retry_counts.get(index, 0)
    longest = min(longest, retrier.get("MaxDelaySeconds", longest))
    wait = random.uniform(0, longest) if retrier.get("JitterStrategy") == "FULL" else longest
    return {**retrier, "IntervalSeconds": wait, "BackoffRate": 1}, index


stepfunctions._find_matching_retrier = find_matching_retrier_with_its_wait

starting = threading.BoundedSemaphore(os.cpu_count() or 1)
acquire_worker = lambda_svc.acquire_worker


def start(worker):
    try:
        lambda_runtime.ensure_spawned(worker)
    except Exception:
        # A process whose function did not load goes on, and would take an event. The invocation starts the worker
        # again, and reports why it does not start.
        if process := worker._proc:
            process.kill()
            process.wait()


def acquire_started_worker(func_name, config, code_zip, qualifier="$LATEST", **options):
    """Returns a free worker, or a new one. When as many workers are starting as there are processors, it waits first."""

    def acquire():
        return acquire_worker(func_name, config, code_zip, qualifier=qualifier, **options)

    key = lambda_runtime._worker_key(func_name, config, qualifier)
    while True:
        with lambda_runtime._lock:
            is_one_free = any(not worker.in_use for worker in lambda_runtime._workers.get(key, []))
        if is_one_free:
            return acquire()
        if starting.acquire(blocking=False):
            try:
                worker, how = acquire()
                start(worker)
                return worker, how
            finally:
                starting.release()
        time.sleep(0.02)


lambda_svc.acquire_worker = acquire_started_worker

start_nested = stepfunctions._invoke_nested_start_execution


def start_nested_with_error_names(resource, input_data):
    try:
        return start_nested(resource, input_data)
    except stepfunctions._ExecutionError as error:
        if error.error == "ExecutionAlreadyExists":
            error.error = "StepFunctions.ExecutionAlreadyExistsException"
        raise


stepfunctions._invoke_nested_start_execution = start_nested_with_error_names

# Taken now, so that a version of MiniStack without one of them does not start.
fan_out = sns._fanout
message_for, passes_filter = sns._resolve_message_for_protocol, sns._matches_filter_policy
topic_of = sns._topic_by_arn_any_scope
send_mail = ses.send_internal_email


def fan_out_with_mails(topic_arn, msg_id, message, subject, structure="", attributes=None, *args, **options):
    fan_out(topic_arn, msg_id, message, subject, structure, attributes, *args, **options)
    text = message_for(message, structure, "email")
    for subscription in (topic_of(topic_arn) or {}).get("subscriptions", []):
        if subscription["protocol"] == "email" and subscription["confirmed"]:
            if passes_filter(subscription, attributes or {}, text):
                to = [subscription["endpoint"]]
                send_mail("no-reply@sns.amazonaws.com", to, subject or "AWS Notification Message", text)


sns._fanout = fan_out_with_mails

stringify_claims = apigateway_v1._stringify_claims


def stringify_claims_with_commas(claims):
    lists = {name: ",".join(map(str, value)) for name, value in (claims or {}).items() if isinstance(value, list)}
    return {**stringify_claims(claims), **lists}


apigateway_v1._stringify_claims = stringify_claims_with_commas

PAUSE_BEFORE_RETRY = 0.2  # seconds; Lambda waits longer each time
in_stream_poll = threading.local()
execute_function = lambda_svc._execute_function
poll_dynamodb_streams = lambda_svc._poll_dynamodb_streams


def first_failure(outcome, batch):
    """The place of the first record that failed, by the function's report; None when all succeeded."""
    body = outcome.get("body")
    body = json.loads(body) if isinstance(body, str) and body else body
    failures = (body or {}).get("batchItemFailures") or []
    numbers = [record["dynamodb"]["SequenceNumber"] for record in batch]
    named = [failure.get("itemIdentifier") for failure in failures]
    # What names no record of the batch counts as a failure of the whole.
    return min((numbers.index(name) if name in numbers else 0 for name in named), default=None)


def hand_over(func, esm, batch):
    """Hands a batch over until each of its records is done with or given up."""
    reports = "ReportBatchItemFailures" in (esm.get("FunctionResponseTypes") or [])
    failures = 0
    while batch:
        outcome = execute_function(func, {"Records": batch})
        if outcome.get("error") and esm.get("BisectBatchOnFunctionError") and len(batch) > 1:
            # A halved batch has all its retries again.
            hand_over(func, esm, batch[: len(batch) // 2])
            batch, failures = batch[len(batch) // 2 :], 0
            continue
        failed = 0 if outcome.get("error") else first_failure(outcome, batch) if reports else None
        if failed is None:
            return
        if failed > 0:
            batch, failures = batch[failed:], 0
        failures += 1
        if failures > int(esm["MaximumRetryAttempts"]):
            lambda_svc._send_ddb_stream_failure_record(
                esm, func, batch, esm["EventSourceArn"], outcome, "RetryAttemptsExhausted"
            )
            return
        time.sleep(PAUSE_BEFORE_RETRY)


def execute_with_retries_of_streams(func, event):
    records = event.get("Records") if getattr(in_stream_poll, "on", False) else None
    name = func["config"]["FunctionName"]
    for _account, _region, esm in lambda_svc._iter_all_esms() if records else ():
        is_source = esm["EventSourceArn"] == records[0]["eventSourceARN"] and esm["FunctionName"] == name
        if is_source and int(esm.get("MaximumRetryAttempts", -1)) >= 0:
            in_stream_poll.on = False
            try:
                hand_over(func, esm, records)
            finally:
                in_stream_poll.on = True
            return {"body": None}
    return execute_function(func, event)


def poll_dynamodb_streams_with_retries():
    in_stream_poll.on = True
    try:
        return poll_dynamodb_streams()
    finally:
        in_stream_poll.on = False


for name in ("_poll_dynamodb_streams", "_send_ddb_stream_failure_record", "_iter_all_esms"):
    if not callable(getattr(lambda_svc, name, None)):
        sys.exit("start_ministack: this version of MiniStack polls streams in a way that is not known here")
lambda_svc._execute_function = execute_with_retries_of_streams
lambda_svc._poll_dynamodb_streams = poll_dynamodb_streams_with_retries

named_by_email = contextvars.ContextVar("named_by_email", default=None)
ses_v2_resource_arn = iam_actions._ses_v2_resource_arn
iam_actions._ses_v2_resource_arn = lambda *args: named_by_email.get() or ses_v2_resource_arn(*args)


def named_resources(method, path, body, region, account):
    """The resources that AWS wants a right on for an e-mail. None: leave it to MiniStack, for every other call."""
    if method != "POST" or path.rstrip("/") != "/v2/email/outbound-emails":
        return [None]
    email = json.loads(body or b"{}")
    ends = [f"identity/{email.get('FromEmailAddress', '')}"]
    if configuration_set := email.get("ConfigurationSetName"):
        ends.append(f"configuration-set/{configuration_set}")
    return [f"arn:aws:ses:{region}:{account}:{end}" for end in ends]


def check_every_resource_of_emails(app):
    enforce_ses_v2 = app._enforce_ses_v2

    def enforce(method, path, headers, body, query_params, request_id):
        region = app.extract_region(headers, query_params)
        for arn in named_resources(method, path, body, region, get_account_id()):
            token = named_by_email.set(arn)
            try:
                refusal = enforce_ses_v2(method, path, headers, body, query_params, request_id)
            finally:
                named_by_email.reset(token)
            if refusal is not None:
                return refusal
        return None

    app._enforce_ses_v2 = enforce


# What the import of a Body makes anew. Its stages and deployments belong to resources of their own.
IMPORTED = ("_resources", "_authorizers_v1", "_models", "_gateway_responses", "_documentation_parts", "_request_validators")
update_rest_api = provisioners._apigw_rest_api_update


def update_rest_api_in_place(physical_id, old_props, new_props, stack_name, logical_id=None):
    if new_props.get("Body") == old_props.get("Body"):
        return update_rest_api(physical_id, old_props, new_props, stack_name, logical_id)
    imported, _attributes = provisioners._apigw_rest_api_create(logical_id or physical_id, new_props, stack_name)
    for name in IMPORTED:
        store = getattr(apigateway_v1, name)
        store[physical_id] = store.pop(imported, {})
    api = apigateway_v1._rest_apis.pop(imported)
    apigateway_v1._rest_apis[physical_id] = {**api, "id": physical_id}
    for store in (apigateway_v1._stages_v1, apigateway_v1._deployments_v1):
        store.pop(imported, None)
    return physical_id, provisioners._apigw_rest_api_attrs(physical_id)


provisioners._RESOURCE_HANDLERS["AWS::ApiGateway::RestApi"]["update"] = update_rest_api_in_place

one_at_a_time = threading.RLock()


def serialised(operation):
    @functools.wraps(operation)
    def run(*args, **kwargs):
        with one_at_a_time:
            return operation(*args, **kwargs)

    return run


for name in (
    "_put_item",
    "_get_item",
    "_update_item",
    "_delete_item",
    "_query",
    "_scan",
    "_batch_write_item",
    "_batch_get_item",
    "_transact_write_items",
    "_transact_get_items",
):
    setattr(dynamodb, name, serialised(getattr(dynamodb, name)))

# MiniStack binds one address, and containers reach this machine at another.
if also := os.environ.pop("ALSO_BIND", ""):
    set_bind = Config.bind.fset
    Config.bind = Config.bind.setter(
        lambda config, bind: set_bind(config, [*bind, f"{also}:{os.environ['GATEWAY_PORT']}"])
    )

if __name__ == "__main__":
    from ministack import app

    check_every_resource_of_emails(app)
    sys.exit(app.main())
