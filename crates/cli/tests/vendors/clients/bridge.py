"""The vendors' clients, called from a test: a line of JSON in, a line of JSON out.

In: `{"client": ..., "call": ..., "arguments": {...}}`; `connect` makes a client. Out: `{"answer": ...}` as the client gives it, or
`{"error": {"status", "code", "message"}}` as the client raises it.
"""

import json
import sys


class Workspace:
    """huaweicloudsdkworkspace"""

    def __init__(self, root, access_key, secret_key, project):
        from huaweicloudsdkcore.auth.credentials import BasicCredentials
        from huaweicloudsdkworkspace import v2

        self.v2 = v2
        credentials = BasicCredentials(access_key, secret_key, project)
        self.client = v2.WorkspaceClient.new_builder().with_credentials(credentials).with_endpoint(root).build()

    def call(self, name, arguments):
        from huaweicloudsdkcore.exceptions.exceptions import ServiceResponseException

        try:
            return {"answer": getattr(self, name)(**arguments)}
        except ServiceResponseException as error:
            return {"error": {"status": error.status_code, "code": error.error_code, "message": error.error_msg,
                              "request_id": error.request_id}}

    def subscribe(self, **sides):
        request = self.v2.SubscribeAiAssistantRequest()
        if sides.pop("body", "some") != "none":
            request.body = self.v2.SubscribeAiAssistantReq(**{name: self.operation(side) for name, side in sides.items()})
        answer = self.client.subscribe_ai_assistant(request)
        return {"status": answer.status_code, "body": answer.to_dict()}

    def operation(self, side):
        from huaweicloudsdkworkspace.v2.model.create_subscribe_user_group_info import CreateSubscribeUserGroupInfo
        from huaweicloudsdkworkspace.v2.model.create_subscribe_user_info import CreateSubscribeUserInfo

        operation = self.v2.SubscribeOperationReq()
        if "project" in side:
            operation.project = self.v2.SubscribeOperationReqProject(**side["project"])
        if "users" in side:
            operation.users = [CreateSubscribeUserInfo(**user) for user in side["users"]]
        if "usergroups" in side:
            operation.usergroups = [CreateSubscribeUserGroupInfo(**group) for group in side["usergroups"]]
        return operation

    def list(self, **page):
        request = self.v2.ListSubscribeAiAssistantUsersRequest(**page)
        return self.client.list_subscribe_ai_assistant_users(request).to_dict()

    def statistics(self, **arguments):
        request = self.v2.ShowAiAssistantUsageFrequencyRequest(**arguments)
        return self.client.show_ai_assistant_usage_frequency(request).to_dict()


class SignedWorkspace:
    """The signer of huaweicloudsdkcore, for requests that its clients have no call for."""

    def __init__(self, root, access_key, secret_key, project):
        from huaweicloudsdkcore.auth.credentials import BasicCredentials

        self.root, self.project = root, project
        self.credentials = BasicCredentials(access_key, secret_key, project or "none")

    def call(self, name, arguments):
        return {"answer": getattr(self, name)(**arguments)}

    def send(self, method, path, query, body):
        import requests
        from huaweicloudsdkcore.sdk_request import SdkRequest
        from huaweicloudsdkcore.signer.signer import Signer

        host = self.root.removeprefix("http://")
        headers = {"Content-Type": "application/json", "Host": host}
        if self.project:
            headers["X-Project-Id"] = self.project
        text = "" if body is None else body if isinstance(body, str) else json.dumps(body)
        request = SdkRequest(method=method, schema="http", host=host, resource_path=path, uri=path,
                             query_params=sorted(query.items()), header_params=headers, body=text)
        signed = Signer(self.credentials).sign(request)
        answer = requests.request(method, f"http://{host}{signed.uri}", headers=signed.header_params, data=signed.body,
                                  timeout=60)
        return {"status": answer.status_code, "body": answer.json() if answer.content else None}


class QuickBi:
    """alibabacloud_quickbi_public20220101; `signature` chooses between ACS3 and the older one."""

    def __init__(self, root, access_key, secret_key, signature=None):
        from alibabacloud_quickbi_public20220101 import models
        from alibabacloud_quickbi_public20220101.client import Client
        from alibabacloud_tea_openapi.models import Config

        self.models = models
        more = {"signature_algorithm": signature} if signature else {}
        self.client = Client(Config(access_key_id=access_key, access_key_secret=secret_key, protocol="HTTP",
                                    endpoint=root.removeprefix("http://"), **more))

    def call(self, name, arguments):
        from Tea.exceptions import TeaException
        from darabonba.exceptions import DaraException

        words = "".join(word.capitalize() for word in name.split("_"))
        request = getattr(self.models, f"{words}Request")(**arguments)
        try:
            return {"answer": getattr(self.client, name)(request).body.to_map()}
        except (TeaException, DaraException) as error:
            status = getattr(error, "status_code", None) or getattr(error, "statusCode", None)
            return {"error": {"status": status, "code": error.code, "message": error.message}}


class QuickBiBefore:
    """aliyun-python-sdk-quickbi-public"""

    def __init__(self, root, access_key, secret_key):
        from aliyunsdkcore.client import AcsClient

        self.root = root.removeprefix("http://")
        self.client = AcsClient(access_key, secret_key, "cn-hangzhou", auto_retry=False)

    def call(self, name, arguments):
        import importlib

        from aliyunsdkcore.acs_exception.exceptions import ClientException, ServerException

        words = "".join(word.capitalize() for word in name.split("_"))
        module = importlib.import_module(f"aliyunsdkquickbi_public.request.v20220101.{words}Request")
        request = getattr(module, f"{words}Request")()
        request.set_endpoint(self.root)
        request.set_protocol_type("http")
        request.set_method(arguments.pop("method", "POST"))
        for argument, value in arguments.items():
            getattr(request, "set_" + "".join(word.capitalize() for word in argument.split("_")))(value)
        try:
            return {"answer": json.loads(self.client.do_action_with_exception(request))}
        except ServerException as error:
            return {"error": {"status": error.get_http_status(), "code": error.get_error_code(),
                              "message": error.get_error_msg()}}
        except ClientException as error:
            return {"error": {"status": None, "code": error.get_error_code(), "message": error.get_error_msg()}}


class Permissions:
    """The client beside this file."""

    def __init__(self, root, token, service="aisvc"):
        from permissions_client import PermissionsClient

        self.client = PermissionsClient(root, token, service)

    def call(self, name, arguments):
        from permissions_client import PermissionsError

        encodings = {
            "javascript": lambda text: urlquote(text, safe="*!'()~"),
            "raw": lambda text: text,
            "all": lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
        }
        if "encode" in arguments:
            arguments["encode"] = encodings[arguments["encode"]]
        try:
            return {"answer": getattr(self.client, name)(**arguments)}
        except PermissionsError as error:
            return {"error": {"status": error.status, "body": error.body}}


def urlquote(text, safe):
    import urllib.parse

    return urllib.parse.quote(text, safe=safe)


CLIENTS = {"workspace": Workspace, "signed_workspace": SignedWorkspace, "quickbi": QuickBi, "quickbi_before": QuickBiBefore, "permissions": Permissions}


def main():
    clients, waiting = {}, {}
    for line in sys.stdin:
        asked = json.loads(line)
        name, call, arguments = asked["client"], asked["call"], asked["arguments"]
        if call == "connect":
            # Made when it is first called: the vendors' packages are large.
            clients.pop(name, None)
            waiting[name] = arguments
            answer = {"answer": None}
        else:
            if name not in clients:
                made = waiting[name]
                clients[name] = CLIENTS[made.pop("kind")](**made)
            answer = clients[name].call(call, arguments)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
