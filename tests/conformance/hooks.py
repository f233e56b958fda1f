"""What schemathesis checks of every answer beside its own checks."""

import json
import re

import schemathesis

# Words of engines, of the program's insides, and of the machine it runs on.
INSIDES = re.compile(
    r"sqlite|postgres|sqlx|sea_orm|seaql|syntax error|no such (table|column)|constraint failed|violates"
    r"|SELECT .* FROM|INSERT INTO|panicked|\.rs:\d|/home/|/tmp/|/root/|relation \"",
    re.IGNORECASE,
)


@schemathesis.check
def errors_keep_to_themselves(ctx, response, case):
    """Every error has a code and a request id, none is internal, and none speaks of the insides."""
    answer = json.loads(response.text)
    for error in answer.get("errors", []):
        extensions = error.get("extensions", {})
        assert extensions.get("code"), f"no code: {error}"
        assert extensions.get("requestId"), f"no request id: {error}"
        assert extensions["code"] != "INTERNAL", f"internal: {error}"
        # What the client sent may come back to it.
        message = error["message"]
        for sent in re.findall(r'"((?:[^"\\]|\\.)*)"', str(case.body)):
            if sent:
                message = message.replace(sent, "")
        assert not INSIDES.search(message), f"insides: {error}"


@schemathesis.check
def answers_are_graphql(ctx, response, case):
    """The answer is a GraphQL response, whatever was asked."""
    assert response.status_code < 500, f"{response.status_code}: {response.text[:500]}"
    assert "json" in response.headers["content-type"][0]
    answer = json.loads(response.text)
    assert isinstance(answer.get("data", {}), (dict, type(None)))
    assert "data" in answer or answer["errors"]
