"""What gives data as they arrive: cameras, sockets, queues of messages, events, the keyboard.

Such data cannot be collected first: what is predicted on them is predicted step by step.
"""

from __future__ import annotations

CALLS = frozenset(
    """
    input raw_input readline recv recvfrom recv_json recv_string recv_pyobj recv_multipart receive receive_bytes
    receive_text receive_json grab grab_screen waitKey screenshot getFrame get_frame retrieve accept record listen getch
    read_frame capture poll consume get_message lrange blpop brpop lpop rpop xread xreadgroup
    """.split()
)
"""Methods and functions that wait for what comes next, whatever they are called on."""

READ = "read"
"""Reads a file, or what comes next of a device: it depends on what it is called on."""

OWNERS = ("cap", "camera", "cam", "stream", "video", "vs", "capture", "webcam", "sock", "socket", "conn", "mic")
"""Words in the names of devices."""

DEVICES = ("cv2.VideoCapture", "imutils.video.", "pyaudio.PyAudio", "sounddevice.", "serial.Serial", "picamera.")
"""Makers of what is read as it arrives."""

READ_FILES = frozenset({"cv2.VideoCapture", "imutils.video.FileVideoStream"})
"""Of these makers those that read the film in a file as well, which is all there from the start."""

NO_FILES = ("://", "/dev/", " ! ")
"""What the name of a file does not have: addresses, devices and the pipelines of GStreamer do.

https://docs.opencv.org/4.x/d8/dfe/classcv_1_1VideoCapture.html
"""

STREAMS = (
    "kafka.KafkaConsumer",
    "picamera.",
    "serial.Serial",
    "websocket.",
    "websockets.",
    "redis.",
    "paho.mqtt.",
    "zmq.",
    "pika.",
    "aiohttp.ClientSession",
    "aiohttp.web.WebSocketResponse",
    "pygame.event.get",
    "pygame.event.wait",
    "tweepy.",
    "praw.",
)
"""What a loop over it, or over what its methods give, gets one by one as it arrives."""

INPUTS = frozenset({"sys.stdin", "sys.stdin.buffer", "fileinput.input"})
"""What gives the lines that are typed or piped in."""

ENDLESS = frozenset({"itertools.count", "itertools.repeat", "itertools.cycle"})
"""Iterables that never end."""
