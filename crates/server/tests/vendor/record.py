"""Writes down, byte for byte, what the vendors' clients send: `record.py DIRECTORY`.

Each request becomes a file `<scheme>/<name>.http` in the directory. The clients are the real ones; what answers them is a
socket on loopback that says nothing of use. Keys: `AKTEST` with the secret `SKTEST`.
"""

import json
import pathlib
import socket
import sys
import threading

OUT = pathlib.Path(sys.argv[1])


class Recorder:
    """Takes one request, keeps it, answers it with an empty object."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.taken = b""

    def record(self, path, call):
        thread = threading.Thread(target=self.answer)
        thread.start()
        try:
            call()
        except Exception as error:  # the answer is none that the client knows; the request was sent all the same
            print(f"{path}: {type(error).__name__}", file=sys.stderr)
        thread.join(20)
        target = OUT / f"{path}.http"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(self.taken)

    def answer(self):
        connection, _ = self.listener.accept()
        with connection:
            data = b""
            while b"\r\n\r\n" not in data:
                data += connection.recv(65536)
            head, body = data.split(b"\r\n\r\n", 1)
            length = 0
            for line in head.split(b"\r\n"):
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            while len(body) < length:
                body += connection.recv(65536)
            self.taken = head + b"\r\n\r\n" + body
            answer = json.dumps({"RequestId": "r", "Result": [], "Success": True}).encode()
            connection.sendall(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: "
                + str(len(answer)).encode() + b"\r\n\r\n" + answer)


def huawei(recorder):
    from huaweicloudsdkcore.auth.credentials import BasicCredentials
    from huaweicloudsdkworkspace.v2 import (
        ListSubscribeAiAssistantUsersRequest, ListUsersRequest, SubscribeAiAssistantReq, SubscribeAiAssistantRequest,
        SubscribeOperationReq, WorkspaceClient)
    from huaweicloudsdkworkspace.v2.model.create_subscribe_user_group_info import CreateSubscribeUserGroupInfo
    from huaweicloudsdkworkspace.v2.model.create_subscribe_user_info import CreateSubscribeUserInfo

    def client(project):
        credentials = BasicCredentials("AKTEST", "SKTEST", project)
        builder = WorkspaceClient.new_builder().with_credentials(credentials)
        return builder.with_endpoint(f"http://127.0.0.1:{recorder.port}").build()

    workspace = client("0bec5db98280d2d02fd6c00c2de791ce")
    add = SubscribeOperationReq(
        users=[CreateSubscribeUserInfo(user_id="u1"), CreateSubscribeUserInfo(user_id="ü ~*")],
        usergroups=[CreateSubscribeUserGroupInfo(group_id="g1")])
    body = SubscribeAiAssistantReq(add=add, delete=SubscribeOperationReq(users=[CreateSubscribeUserInfo(user_id="u3")]))
    calls = {
        "subscribe": lambda: workspace.subscribe_ai_assistant(SubscribeAiAssistantRequest(body=body)),
        "subscribe-nothing": lambda: workspace.subscribe_ai_assistant(
            SubscribeAiAssistantRequest(body=SubscribeAiAssistantReq())),
        "subscribe-no-body": lambda: workspace.subscribe_ai_assistant(SubscribeAiAssistantRequest()),
        "list": lambda: workspace.list_subscribe_ai_assistant_users(
            ListSubscribeAiAssistantUsersRequest(limit=10, offset=0)),
        "list-all": lambda: workspace.list_subscribe_ai_assistant_users(ListSubscribeAiAssistantUsersRequest()),
        "encoded-query": lambda: workspace.list_users(
            ListUsersRequest(user_name="ä b~*/+&=%", description="a:b,c;d", limit=3)),
        "encoded-path": lambda: client("p~1 ü*").list_users(ListUsersRequest()),
    }
    for name, call in calls.items():
        recorder.record(f"sdk_hmac/{name}", call)


SMARTQ = {
    "authorize": dict(operation_type=0, user_ids="u1,u2", llm_cubes="c1,c2", llm_cube_themes="t1",
                      expire_day="2099-12-31"),
    "authorize-odd-texts": dict(operation_type=1, user_ids="ü ~*/+&=%,u2", llm_cubes="", cube_ids="a:b"),
}


def alibaba(recorder):
    from alibabacloud_quickbi_public20220101 import models
    from alibabacloud_quickbi_public20220101.client import Client
    from alibabacloud_tea_openapi.models import Config

    def client(**more):
        return Client(Config(access_key_id="AKTEST", access_key_secret="SKTEST", protocol="HTTP",
                             endpoint=f"127.0.0.1:{recorder.port}", **more))

    for directory, quick_bi in (("acs3", client()), ("rpc", client(signature_algorithm="v2"))):
        prefix = "modern-" if directory == "rpc" else ""
        for name, arguments in SMARTQ.items():
            recorder.record(f"{directory}/{prefix}{name}",
                            lambda: quick_bi.smartq_authorize(models.SmartqAuthorizeRequest(**arguments)))
        transfer = models.SmartqAuthTransferRequest(origin_user_id="u1", target_user_ids="u2,u3")
        recorder.record(f"{directory}/{prefix}transfer", lambda: quick_bi.smartq_auth_transfer(transfer))


def aliyun(recorder):
    from aliyunsdkcore.client import AcsClient
    from aliyunsdkquickbi_public.request.v20220101 import SmartqAuthorizeRequest, SmartqAuthTransferRequest

    client = AcsClient("AKTEST", "SKTEST", "cn-hangzhou")

    def call(request, **arguments):
        request.set_endpoint(f"127.0.0.1:{recorder.port}")
        request.set_protocol_type("http")
        for name, value in arguments.items():
            request.add_query_param(name, value)
        client.do_action_with_exception(request)

    texts = {"operation_type": "OperationType", "user_ids": "UserIds", "llm_cubes": "LlmCubes",
             "llm_cube_themes": "LlmCubeThemes", "cube_ids": "CubeIds", "expire_day": "ExpireDay"}
    for name, arguments in SMARTQ.items():
        wire = {texts[key]: value for key, value in arguments.items()}
        recorder.record(f"rpc/{name}", lambda: call(SmartqAuthorizeRequest.SmartqAuthorizeRequest(), **wire))
    transfer = SmartqAuthTransferRequest.SmartqAuthTransferRequest()
    recorder.record("rpc/transfer", lambda: call(transfer, OriginUserId="u1", TargetUserIds="u2,u3"))


if __name__ == "__main__":
    for vendor in (huawei, alibaba, aliyun):
        vendor(Recorder())
