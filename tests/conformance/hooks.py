"""What schemathesis sends beside what the schema says, and what it checks of every answer."""

import json
import re

import graphql
import schemathesis
from hypothesis import strategies
from hypothesis_graphql import nodes

# Words of engines, of the program's insides, and of the machine it runs on.
INSIDES = re.compile(
    r"sqlite|postgres|sqlx|sea_orm|seaql|syntax error|no such (table|column)|constraint failed|violates"
    r"|SELECT .* FROM|INSERT INTO|panicked|\.rs:\d|/home/|/tmp/|/root/|relation \"",
    re.IGNORECASE,
)

# Whole numbers as text, and documents as input values spell them.
BIG_INTS = strategies.integers(min_value=-(2**63), max_value=2**63 - 1)
DOCUMENTS = strategies.dictionaries(strategies.from_regex("[a-z]{1,8}", fullmatch=True), BIG_INTS, max_size=3)



def document(entries):
    """An object of whole numbers, as a document spells it."""
    fields = [graphql.ObjectFieldNode(name=graphql.NameNode(value=name), value=nodes.Int(n)) for name, n in entries.items()]
    return nodes.Object(fields)


schemathesis.graphql.scalar("BigInt", BIG_INTS.map(str).map(nodes.String))
schemathesis.graphql.scalar("JSON", DOCUMENTS.map(document))


class WholePages(graphql.Visitor):
    """Pages that are answered: a cursor taken at random, or a page of a random size, never is."""

    def enter_argument(self, argument, *_):
        name = argument.name.value
        if name in {"after", "before", "last"}:
            return graphql.REMOVE
        if name in {"first", "limit"} and isinstance(argument.value, graphql.IntValueNode):
            size = int(argument.value.value) % 1000 + 1
            return graphql.ArgumentNode(name=argument.name, value=nodes.Int(size))
        return None


@schemathesis.hook
def map_body(ctx, body):
    """Every other document asks for whole pages."""
    return graphql.visit(body, WholePages()) if len(graphql.print_ast(body)) % 2 else body


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
