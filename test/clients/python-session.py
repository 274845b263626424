"""A session of the Python client library: prints what it saw as one line of JSON."""

import json
import sys

from atproto import (
    CAR,
    AtUri,
    Client,
    FirehoseSubscribeReposClient,
    models,
    parse_subscribe_repos_message,
)

url, handle, password = sys.argv[1:4]
png = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360f8cf500f00038601805a347d6b0000000049454e44ae426082"
)

client = Client(base_url=f"{url}/xrpc")
client.login(handle, password)
seen = {"did": client.me.did, "handle": client.me.handle}

post = client.send_image(text="from Python", image=png, image_alt="a pixel")
like = client.like(post.uri, post.cid)
record = client.app.bsky.feed.post.get(client.me.did, AtUri.from_str(post.uri).rkey)
seen["text"] = record.value.text
seen["alt"] = record.value.embed.images[0].alt
blob = record.value.embed.images[0].image
seen["blobSize"] = len(
    client.com.atproto.sync.get_blob(
        {"did": client.me.did, "cid": blob.ref.link}
    )
)
seen["likes"] = len(client.app.bsky.feed.like.list(client.me.did).records)
client.unlike(like.uri)

session = Client(base_url=f"{url}/xrpc")
session.login(session_string=client.export_session_string())
seen["resumed"] = session.me.handle

car = CAR.from_bytes(client.com.atproto.sync.get_repo({"did": client.me.did}))
seen["rootIsHere"] = car.root in car.blocks
client.delete_post(post.uri)

wanted = client.com.atproto.sync.get_latest_commit({"did": client.me.did}).cid
kinds = []
stream = FirehoseSubscribeReposClient(
    models.ComAtprotoSyncSubscribeRepos.Params(cursor=0),
    base_uri=url.replace("http", "ws", 1) + "/xrpc",
)


def on_message(message):
    event = parse_subscribe_repos_message(message)
    kinds.append(type(event).__name__)
    if isinstance(event, models.ComAtprotoSyncSubscribeRepos.Commit):
        CAR.from_bytes(event.blocks)
        if str(event.commit) == wanted:
            stream.stop()


stream.start(on_message)
seen["events"] = sorted(set(kinds))
print(json.dumps(seen))
