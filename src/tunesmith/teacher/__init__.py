"""Teachers: whatever answers prompts, behind one synchronous face that stores every reply before it is seen."""

from .budget import check_cap
from .chat import Client, Identity, Message, Reply, Request, Usage, reply_key
from .connect import PROVIDERS, connect
from .limits import Batching, Limits
from .prices import Price, parse_price, price_of
from .scripted import ScriptedClient
from .store import ReplyStore
from .teacher import Conversation, Teacher
from .voices import Voice, for_batches, no_teacher, pick, voices_of
from .watch import Watch

__all__ = [
    "PROVIDERS",
    "Batching",
    "Client",
    "Conversation",
    "Identity",
    "Limits",
    "Message",
    "Price",
    "Reply",
    "ReplyStore",
    "Request",
    "ScriptedClient",
    "Teacher",
    "Usage",
    "Voice",
    "Watch",
    "check_cap",
    "connect",
    "for_batches",
    "no_teacher",
    "parse_price",
    "pick",
    "price_of",
    "reply_key",
    "voices_of",
]
