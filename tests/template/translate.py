"""Prints, as JSON, the CloudFormation template that AWS makes of the SAM template given as the only argument."""

import json
import sys
from pathlib import Path

from samcli.yamlhelper import yaml_parse
from samtranslator.translator.transform import transform

# What deploying uploads: the translator accepts no local paths.
CODE = {
    "AWS::Serverless::Application": "Location",
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
    "AWS::Serverless::StateMachine": "DefinitionUri",
}


class NoManagedPolicies:
    """SAM asks for AWS's managed policies, of which no function here names any."""

    def load(self):
        return {}


def included(node, folder):
    """Replaces each AWS::Include by the file it names, as CloudFormation does before it runs SAM."""
    if isinstance(node, list):
        return [included(item, folder) for item in node]
    if not isinstance(node, dict):
        return node
    result = {key: included(value, folder) for key, value in node.items() if key != "Fn::Transform"}
    if transform := node.get("Fn::Transform"):
        if transform["Name"] != "AWS::Include":
            raise ValueError(f"{transform['Name']} is a macro that this does not know")
        result |= read(folder / transform["Parameters"]["Location"])
    return result


def read(path):
    return included(yaml_parse(path.read_text(encoding="utf-8")), path.parent)


template = read(Path(sys.argv[1]))
transforms = template.get("Transform", [])
for resource in template["Resources"].values():
    if resource["Type"] in CODE:
        resource["Properties"][CODE[resource["Type"]]] = "s3://bucket/key"
translated = transform(template, {}, NoManagedPolicies())
# SAM drops all transforms, its own and that of the language extensions, whose functions are still in the result.
if "AWS::LanguageExtensions" in transforms:
    translated["Transform"] = "AWS::LanguageExtensions"
json.dump(translated, sys.stdout)
