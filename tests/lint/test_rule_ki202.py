"""KI202: predict runs once per step: the next input depends on this output or arrives live. Missed and false alarms."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent

import pytest

from lint_rules.findings.diagnostics import Diagnostic, Severity

Judge = Callable[..., list[Diagnostic]]


def table(**cases: str) -> pytest.MarkDecorator:
    """One test a keyword, named after it."""
    return pytest.mark.parametrize("code", list(cases.values()), ids=[name.replace("_", "-") for name in cases])


# Agents


AGENT = """
    import random
    import keras
    import numpy as np
    class Agent:
        def __init__(self):
            self.model = self._build()
        def _build(self):
            return keras.Sequential([keras.layers.Dense(2)])
        def act(self, state):
            if np.random.rand() < self.epsilon:
                return 0
            return np.argmax(self.model.predict(state)[0])  # KI202
        def replay(self, memory):
            for state, action, reward, next_state, done in random.sample(memory, 32):
                target = self.model.predict(state)  # KI202
                target[0][action] = reward + 0.9 * np.amax(self.model.predict(next_state)[0])  # KI202
                self.model.fit(state, target, epochs=1, verbose=0)
    """


@pytest.mark.parametrize(
    "loop",
    [
        """
        while not done:
            action = agent.act(state)
            state, reward, done, _ = env.step(action)
            agent.replay(memory)
        """,
        """
        for episode in range(1000):
            state = env.reset().reshape(1, 4)
            for t in range(500):
                action = agent.act(state)
                next_state, reward, done, _ = env.step(action)
                state = next_state.reshape(1, 4)
                if done:
                    break
            agent.replay(memory)
        """,
        """
        def episode(env, agent):
            state, done = env.reset(), False
            while True:
                action = agent.act(state)
                state, reward, done, _, _ = env.step(action)
                if done:
                    return reward
        for i in range(100):
            episode(env, agent)
            agent.replay(memory)
        """,
    ],
    ids=["while", "for", "function"],
)
def test_an_agent_that_acts_in_another_module(judge: Judge, loop: str) -> None:
    train = "from agent import Agent\nimport gym\nenv = gym.make('CartPole-v1')\nagent = Agent()\nmemory = []\n"
    judge({"agent.py": AGENT, "train.py": train + dedent(loop)})


@pytest.mark.parametrize(
    ("entry", "made"),
    [
        ("'envs:Duel'", "'Duel-v0'"),
        ("Duel", "'Duel-v0'"),
        ("'envs:Duel'", "name"),
        pytest.param("'envs:Duel'", "'Pong-v0'", id="another"),
    ],
)
def test_an_environment_that_predicts_is_made_by_its_name(judge: Judge, entry: str, made: str) -> None:
    mark = "ok" if "Pong" in made else "KI202"
    environment = f"""
        import gymnasium
        import keras
        class Duel(gymnasium.Env):
            def __init__(self):
                self.opponent = keras.models.load_model("opponent.keras")
            def step(self, action):
                answer = self.opponent.predict(self.board[None])  # {mark}
                self.board = self.board + answer
                return self.board, 0.0, False, False, {{}}
        """
    register = f"""
        import gymnasium
        from envs import Duel
        gymnasium.register(id="Duel-v0", entry_point={entry})
        """
    play = f"""
        import gymnasium
        import names
        def play(name):
            env = gymnasium.make({made})
            state, _ = env.reset()
            while True:
                state, reward, done, _, _ = env.step(decide(state))
        """
    judge({"envs.py": environment, "names.py": register, "play.py": play})


def test_an_agent_that_is_called_by_the_name_of_a_subclass(judge: Judge) -> None:
    judge(
        {
            "base.py": """
                class Policy:
                    def __call__(self, state):
                        return self.model.predict(state[None])  # KI202
                """,
            "softmax.py": """
                import keras
                from base import Policy
                class Softmax(Policy):
                    def __init__(self):
                        self.model = keras.Sequential()
                """,
            "train.py": """
                from softmax import Softmax
                choose = Softmax()
                state = env.reset()
                for t in range(1000):
                    state, reward, done, _ = env.step(choose(state))
                """,
        }
    )


@table(
    loop_in_the_same_function="""
        state = env.reset()
        done = False
        while not done:
            action = np.argmax(model.predict(state[None]))  # KI202
            state, reward, done, info = env.step(action)
        """,
    counted_steps="""
        state = env.reset()
        for step in range(200):
            action = np.argmax(model.predict(state.reshape(1, -1)))  # KI202
            state = env.step(action)[0]
        """,
    state_on_the_environment="""
        while not env.done:
            action = model.predict(env.state[None]).argmax()  # KI202
            env.step(action)
        """,
    observation_asked_for="""
        while env.running():
            x = np.expand_dims(env.observe(), 0)
            env.act(model.predict(x).argmax())  # KI202
        """,
    epsilon_greedy="""
        state = env.reset()
        for t in range(1000):
            if np.random.rand() < 0.1:
                action = env.action_space.sample()
            else:
                action = np.argmax(model.predict(state[None])[0])  # KI202
            state, reward, done, _ = env.step(action)
        """,
    policy_sampled_from="""
        state = env.reset()
        while True:
            probs = model.predict(state[None])[0]  # KI202
            action = np.random.choice(4, p=probs)
            state, reward, done, _ = env.step(action)
            if done:
                break
        """,
    everything_in_one_class="""
        class Agent:
            def __init__(self, env):
                self.env = env
                self.model = keras.Sequential()
            def choose_action(self, state):
                return np.argmax(self.model.predict(state[np.newaxis]))  # KI202
            def run(self):
                for episode in range(100):
                    state = self.env.reset()
                    done = False
                    while not done:
                        state, reward, done, _ = self.env.step(self.choose_action(state))
        """,
    players_in_turn="""
        class Player:
            def __init__(self):
                self.model = keras.Sequential()
            def move(self, board):
                return self.model.predict(board.vector()[None]).argmax()  # KI202
        class Game:
            def __init__(self, one, other):
                self.players = [one, other]
            def run(self):
                while not self.over():
                    player = self.players[self.turn]
                    self.board.play(player.move(self.board))
        Game(Player(), Player()).run()
        """,
    many_environments_at_once="""
        states = env.reset()
        for t in range(1000):
            actions = model.predict(states).argmax(axis=1)  # KI202
            states, rewards, dones, _ = env.step(actions)
        """,
    model_in_a_parameter="""
        def choose(net, state):
            return np.argmax(net.predict(state.reshape(1, 4)))  # KI202
        def episode(net, env):
            state, done = env.reset(), False
            while not done:
                state, reward, done, _ = env.step(choose(net, state))
        episode(model, env)
        """,
    critic_beside_the_actor_in_one_method="""
        class Agent:
            def __init__(self):
                self.actor, self.critic = keras.Sequential(), keras.Sequential()
            def act(self, state):
                state = state[None]
                action = self.actor.predict(state)  # KI202
                print(self.critic.predict([state, action])[0])  # KI202
                return action
        agent = Agent()
        state = env.reset()
        for step in range(1000):
            if step > 100:
                action = agent.act(state)
            else:
                action = env.action_space.sample()
            state, reward, done, _ = env.step(action)
            model.train_on_batch(x, y)
        """,
    value_asked_beside_the_agent="""
        class Agent:
            def __init__(self):
                self.policy, self.critic = keras.Sequential(), keras.Sequential()
            def act(self, state):
                return np.argmax(self.policy.predict(state[None])[0])  # KI202
            def value(self, state):
                return self.critic.predict(state[None])[0]  # KI202
        agent = Agent()
        state = env.reset()
        for t in range(1000):
            print(agent.value(state))
            action = agent.act(state)
            state, reward, done, _ = env.step(action)
        """,
    agent_that_is_called_through_its_parent="""
        class Policy:
            def __init__(self):
                self.model = keras.Sequential()
            def __call__(self, state):
                return self.model.predict(state[None])  # KI202
        class Softmax(Policy):
            def __call__(self, state):
                return np.random.choice(4, p=super().__call__(state)[0])
        policy = Softmax()
        state = env.reset()
        for t in range(1000):
            state, reward, done, _ = env.step(policy(state))
        """,
    choice_handed_to_an_explorer="""
        class Explorer:
            def choose(self, greedy):
                if np.random.rand() < 0.1:
                    return 0
                return greedy()
        class Agent:
            def __init__(self):
                self.model = keras.Sequential()
                self.explorer = Explorer()
            def best(self, state):
                return np.argmax(self.model.predict(state[None]))  # KI202
            def act(self, state):
                return self.explorer.choose(lambda: self.best(state))
        agent = Agent()
        state = env.reset()
        while not done:
            state, reward, done = env.step(agent.act(state))
        """,
    inputs_that_a_helper_lists="""
        def as_inputs(state):
            inputs = []
            for part in state:
                inputs.append(np.expand_dims(part, 0))
            return inputs if len(inputs) > 1 else inputs[0]
        state = env.reset()
        while not done:
            action = np.argmax(model.predict(as_inputs(state)))  # KI202
            state, reward, done = env.step(action)
            model.fit(x, y)
        """,
    frames_stacked_into_a_state="""
        frames = [blank] * 4
        def stacked(frames, frame):
            frames.append(frame)
            return np.stack(frames[-4:], axis=2).reshape(-1, 84, 84, 4)
        state = stacked(frames, env.reset())
        while not done:
            action = np.argmax(model.predict(state)[0])  # KI202
            frame, reward, done = env.step(action)
            state = stacked(frames, frame)
            model.fit(x, y)
        """,
    own_predict_that_wraps_keras="""
        class Brain:
            def __init__(self):
                self.model = keras.Sequential()
            def predict(self, s):
                return self.model.predict(s)  # KI202
            def predict_one(self, s):
                return self.predict(s.reshape(1, 4)).flatten()
        class Agent:
            def __init__(self):
                self.brain = Brain()
            def act(self, s):
                return np.argmax(self.brain.predict_one(s))
        agent = Agent()
        s = env.reset()
        while True:
            s, r, done, _ = env.step(agent.act(s))
            if done:
                break
        """,
    a_choice_among_models_that_are_fitted_after_it="""
        class Bandit:
            def __init__(self, n):
                self.nets = [keras.Sequential([keras.layers.Dense(1)]) for _ in range(n)]
            def choose(self, context):
                return int(np.argmax([net.predict(context[None])[0, 0] for net in self.nets]))  # KI202
            def run(self, contexts, rewards):
                for context, reward in zip(contexts, rewards):
                    chosen = self.choose(context)
                    self.nets[chosen].fit(context[None], np.array([reward[chosen]]))
        """,
    replay_with_a_fit_in_the_loop="""
        def replay(batch):
            for s, a, r, s2, done in batch:
                target = r
                if not done:
                    target = r + 0.95 * np.amax(model.predict(s2.reshape(1, 4))[0])  # KI202
                q = model.predict(s.reshape(1, 4))  # KI202
                q[0][a] = target
                model.fit(s.reshape(1, 4), q, epochs=1, verbose=0)
        replay(batch)
        """,
)
def test_missed_alarms_of_agents(judge: Judge, code: str) -> None:
    judge(code)


def test_a_replay_without_fit_in_the_loop_is_one_batch_by_hand(judge: Judge) -> None:
    judge(
        """
        import random
        def replay(memory):
            states, targets = [], []
            for s, a, r, s2, done in random.sample(memory, 32):
                q = model.predict(s.reshape(1, 4))[0]  # KI201
                q[a] = r + 0.95 * np.amax(model.predict(s2.reshape(1, 4))[0])  # KI201
                states.append(s)
                targets.append(q)
            model.fit(np.array(states), np.array(targets), verbose=0)
        replay(memory)
        """
    )


# Decoding, forecasting, search, live input


@table(
    text_generation="""
        text = seed
        for _ in range(100):
            tokens = pad_sequences([encode(text)], maxlen=40)
            probs = model.predict(tokens, verbose=0)[0]  # KI202
            text += decode(np.argmax(probs))
        """,
    text_generation_in_a_function="""
        def generate(seed, length):
            result = list(seed)
            while len(result) < length:
                x = np.array([result[-40:]])
                result.append(int(model.predict(x)[0].argmax()))  # KI202
            return result
        """,
    rows_of_a_list_that_grow="""
        rows = [[4, 8], [15, 16]]
        tokens = np.array(rows)
        for _ in range(80):
            chances = model.predict(tokens)  # KI202
            rows[0].append(int(chances[0, -1].argmax()))
            rows[1].append(int(chances[1, -1].argmax()))
            tokens = np.array(rows)
        """,
    character_by_character="""
        sentence = seed
        for i in range(400):
            x = np.zeros((1, maxlen, len(chars)))
            for t, char in enumerate(sentence):
                x[0, t, index[char]] = 1.0
            char = chars[sample(model.predict(x, verbose=0)[0])]  # KI202
            sentence = sentence[1:] + char
        """,
    sequence_to_sequence="""
        encoder, decoder = keras.Model(a, b), keras.Model(c, d)
        def translate(sentence):
            states = encoder.predict(sentence)  # ok
            token = np.zeros((1, 1, n))
            decoded, stop = "", False
            while not stop:
                out, h, c = decoder.predict([token] + states)  # KI202
                decoded += chars[np.argmax(out[0, -1])]
                stop = len(decoded) > 50
                token = np.zeros((1, 1, n))
                token[0, 0, np.argmax(out[0, -1])] = 1.0
                states = [h, c]
            return decoded
        """,
    sequence_to_sequence_for_every_sentence="""
        encoder, decoder = keras.Model(a, b), keras.Model(c, d)
        def translate(sentence):
            states = encoder.predict(sentence)  # KI201
            token = np.zeros((1, 1))
            for _ in range(50):
                out, h, c = decoder.predict([token] + states)  # KI202
                token[0, 0] = np.argmax(out[0, -1])
                states = [h, c]
        for i in range(100):
            translate(sentences[i : i + 1])
        """,
    first_token_before_the_loop="""
        decoder = keras.Model(a, b)
        def follow(token, state):
            return decoder.predict([np.array([token]), state])  # KI202
        def decode(sentence):
            token, state = follow(0, sentence)
            while token != 1:
                token, state = follow(token, state)
        for sentence in sentences:
            decode(sentence.reshape(1, -1))
        """,
    walk_forward="""
        window = list(series[-30:])
        forecast = []
        for _ in range(10):
            x = np.array(window[-30:]).reshape(1, 30, 1)
            y = model.predict(x)[0, 0]  # KI202
            forecast.append(y)
            window.append(y)
        """,
    walk_forward_by_append="""
        current = last_window
        for step in range(horizon):
            y = model.predict(current.reshape(1, 30, 1))[0]  # KI202
            current = np.append(current[1:], y)
        """,
    gradient_free_search="""
        point = start
        for _ in range(1000):
            score = model.predict(point[None])[0]  # KI202
            point = propose(point, score)
        """,
    optimiser_of_another_library="""
        import scipy.optimize
        from scipy.optimize import differential_evolution, minimize
        def cost(point):
            return float(model.predict(point.reshape(1, -1))[0, 0])  # KI202
        best = minimize(cost, start, method="Nelder-Mead")
        best = scipy.optimize.dual_annealing(lambda point: model.predict(point[None])[0, 0], bounds)  # KI202
        def attack(image):
            def confidence(pixels):
                return model.predict(np.expand_dims(changed(image, pixels), 0))[0, 3]  # KI202
            return differential_evolution(confidence, bounds)
        attack(image)
        """,
    image_drawn_on_and_looked_at_again="""
        import cv2
        for path in paths:
            image = cv2.imread(path)
            for _ in range(10):
                mask = model.predict(image[None])[0]  # KI202
                image[mask > 0.5] = 0
        """,
    list_that_grows_while_it_is_walked="""
        grown = [np.zeros(4)]
        while True:
            states = grown
            for state in states:
                grown.append(move(model.predict(state[None])))  # KI202
        """,
    result_kept_where_the_input_is_read="""
        class Walker:
            def __init__(self, state):
                self.model = keras.models.load_model("walker.keras")
                self.state = state
            def walk(self):
                for _ in range(100):
                    self.state = self.state + self.model.predict(self.state[None])[0]  # KI202
        """,
    result_that_a_property_gives_back="""
        class Walker:
            def __init__(self, place):
                self.model = keras.models.load_model("walker.keras")
                self.place = place
            @property
            def state(self):
                return encode(self.place)
            def walk(self):
                for _ in range(100):
                    self.place = self.model.predict(self.state[None])[0]  # KI202
        """,
    prediction_that_one_method_keeps_and_another_moves_on="""
        class Song:
            def __init__(self):
                self.notes = [np.zeros(8)]
                self.next = np.zeros(8)
            def inputs(self):
                return np.array([self.notes[-1]])
            def choose(self, note):
                self.next[note] = 1
            def end(self):
                self.notes.append(self.next)
                self.next = np.zeros(8)
        song = Song()
        for _ in range(64):
            song.choose(model.predict(song.inputs()).argmax())  # KI202
            song.end()
        """,
    policy_under_another_name="""
        def play(env, policy):
            state, done = env.reset(), False
            chosen = policy
            while not done:
                state, reward, done = env.step(chosen(state))
        def act(state):
            return model.predict(state[None])[0].argmax()  # KI202
        play(env, act)
        """,
    policy_kept_in_a_tuple_and_in_a_record="""
        class Player:
            def __init__(self, policy):
                self.policy = policy
        def play(env, policy):
            state, done = env.reset(), False
            kept = (policy, 0)
            while not done:
                player = Player(kept[0])
                state, reward, done = env.step(player.policy(state))
        def act(state):
            return model.predict(state[None])[0].argmax()  # KI202
        play(env, act)
        """,
    model_of_the_instance_under_another_name="""
        class Player:
            def __init__(self):
                self.encoder = keras.Sequential([keras.layers.Dense(4)])
                self.state = np.zeros((1, 4))
            def step(self):
                encoder = self.encoder
                self.state = encoder.predict(self.state)  # KI202
            def run(self, steps):
                for _ in range(steps):
                    self.step()
        """,
    series_that_a_helper_fills="""
        def extend(series, i):
            series[i] = model.predict(series[i - 1][None])  # KI202
        for i in range(1, n):
            extend(series, i)
        """,
    picture_that_a_helper_erases="""
        def erase(image):
            mask = model.predict(image[None])[0]  # KI202
            image[mask > 0.5] = 0
        for path in paths:
            image = cv2.imread(path)
            for _ in range(10):
                erase(image)
        """,
    environment_that_a_helper_moves_on="""
        def move(env):
            env.step(model.predict(env.state[None]).argmax())  # KI202
        env = make()
        for _ in range(100):
            move(env)
        """,
    board_that_is_filled_by_a_flat_index="""
        board = np.zeros((3, 3))
        for turn in range(9):
            field = int(model.predict(board.reshape(1, -1)).argmax())  # KI202
            board.flat[field] += 1
        """,
    board_that_a_move_fills="""
        board = np.zeros((8, 8))
        for turn in range(60):
            move = np.argmax(model.predict(np.expand_dims(board, 0)))  # KI202
            board[move // 8, move % 8] = 1
        """,
    tree_search="""
        def search(state, depth):
            if depth == 0:
                return 0
            policy, value = model.predict(state[None])  # KI202
            return max(search(child, depth - 1) for child in children(state, policy))
        """,
    webcam="""
        import cv2
        cap = cv2.VideoCapture(0)
        while True:
            ok, frame = cap.read()
            x = cv2.resize(frame, (64, 64))[None] / 255.0
            label = model.predict(x).argmax()  # KI202
            cv2.imshow("live", frame)
            if cv2.waitKey(1) == 27:
                break
        """,
    webcam_whose_frames_are_timed="""
        import cv2
        import time
        vid = cv2.VideoCapture(0)
        while True:
            ok, frame = vid.read()
            x = cv2.resize(frame, (64, 64))[None] / 255.0
            start = time.time()
            label = model.predict(x).argmax()  # KI202
            print(time.time() - start)
        """,
    webcam_in_a_helper="""
        import cv2
        def label(frame):
            return model.predict(frame[None]).argmax()  # KI202
        def main():
            cap = cv2.VideoCapture(0)
            while cap.isOpened():
                ok, frame = cap.read()
                print(label(frame))
        main()
        """,
    chat="""
        while True:
            text = input("> ")
            x = np.array([encode(text)])
            print(model.predict(x).argmax())  # KI202
        """,
    messages_of_a_broker="""
        from kafka import KafkaConsumer
        for message in KafkaConsumer("images"):
            x = np.frombuffer(message.value).reshape(1, 28, 28)
            print(model.predict(x).argmax())  # KI202
        """,
    socket="""
        while True:
            data = sock.recv(1024)
            sock.send(model.predict(decode(data).reshape(1, -1)).tobytes())  # KI202
        """,
    microphone_generator="""
        def listen(mic):
            while True:
                yield mic.read(1600)
        for chunk in listen(mic):
            print(model.predict(features(chunk)[None]))  # KI202
        """,
    lines_that_are_typed_under_other_names="""
        import fileinput
        import sys as system
        from sys import stdin
        for line in system.stdin:
            print(model.predict(np.array([encode(line)])))  # KI202
        for line in stdin:
            print(model.predict(np.array([encode(line)])))  # KI202
        for line in fileinput.input():
            print(model.predict(np.array([encode(line)])))  # KI202
        """,
    standard_input="""
        import sys
        for line in sys.stdin:
            print(model.predict(np.array([encode(line)])))  # KI202
        """,
    lines_of_a_terminal="""
        import sys
        while True:
            line = sys.stdin.readline()
            print(model.predict(np.array([encode(line)])))  # KI202
        """,
    image_pyramid="""
        import cv2
        for scale in scales:
            height, width = int(image.shape[0] * scale), int(image.shape[1] * scale)
            smaller = cv2.resize(image, (width, height))
            boxes.append(model.predict(np.expand_dims(smaller, 0)))  # KI202
        for size in sizes:
            boxes.append(model.predict(np.array(picture.resize((size, size)))[None]))  # KI202
        """,
    messages_of_a_socket="""
        async def serve(socket):
            async for message in socket:
                await socket.send(str(model.predict(decode(message)[None])))  # KI202
        """,
    simulator="""
        while True:
            frame = simulator_frame()
            steer(float(model.predict(frame[None, ...], batch_size=1)))  # KI202
        """,
    rows_appended_to_a_frame="""
        import pandas as pd
        frame = pd.read_csv("series.csv")
        for i in range(10):
            x = frame[-30:].values.reshape(1, 30, 1)
            frame.loc[len(frame)] = model.predict(x)[0]  # KI202
        """,
    captions="""
        def caption(photo):
            text = "start"
            for i in range(30):
                tokens = pad_sequences([tokenizer.texts_to_sequences([text])[0]], maxlen=30)
                text += " " + word(np.argmax(model.predict([photo, tokens], verbose=0)))  # KI202
            return text
        for photo in photos:
            caption(photo)
        """,
    stateful_model_sample_by_sample="""
        net = keras.Sequential([keras.layers.LSTM(8, stateful=True)])
        for i in range(len(xs)):
            y = net.predict(xs[i].reshape(1, 1, 1))  # KI202
        """,
    ensemble_that_plays="""
        models = [keras.models.load_model(path) for path in paths]
        state = env.reset()
        while not done:
            for m in models:
                action = m.predict(state[None]).argmax()  # KI202
                state, done = env.step(action)
        """,
    population_of_weights="""
        for genome in population:
            model.set_weights(genome)
            observation, done = env.reset(), False
            while not done:
                action = model.predict(observation.reshape(1, -1)).argmax()  # KI202
                observation, reward, done, _ = env.step(action)
        """,
    list_that_grows_while_it_is_used_up="""
        queue = [root]
        while queue:
            node = queue.pop()
            print(model.predict(node.board[None]))  # KI202
            queue.extend(node.children())
        """,
    prediction_kept_in_the_next_row="""
        for i in range(1, n):
            data[i] = model.predict(data[i - 1][None])  # KI202
        for i in range(n):
            data[i + 1] = model.predict(data[i][None])  # KI202
        for i in range(10, n):
            frame.loc[i, "y"] = model.predict(frame.loc[i - 10 : i, "y"].values.reshape(1, -1))  # KI202
        for i in range(n):
            data[i] = model.predict(data[None])  # KI202
        """,
    prediction_kept_in_a_window_that_moves="""
        for row in table:
            window = np.zeros(10)
            for _ in range(10):
                y = model.predict(window[None])[0]  # KI202
                window = np.roll(window, -1)
                window[-1] = y
        """,
    prediction_kept_through_a_view="""
        for t in range(10):
            x = sequence.reshape(1, -1)
            x[0, t] = model.predict(x)  # KI202
        """,
    prediction_put_into_the_next_sample="""
        for x in xs:
            x[0] = last
            last = model.predict(x[None])[0]  # KI202
        """,
    objects_that_answer_a_prediction="""
        for env in envs:
            env.step(model.predict(env.state[None]))  # KI202
        """,
    predictions_fed_back="""
        x = start
        for _ in range(10):
            x = model.predict(x)  # KI202
        """,
    written_where_the_next_round_reads="""
        for i in range(1, 100):
            series[i] = model.predict(series[i - 1][None])  # KI202
        for i in range(1, 100):
            series[i] = model.predict(series[i][None])  # KI202
            series[i + 1] += series[i]
        """,
    window_that_a_function_keeps="""
        past = [first]
        def window():
            return past
        for _ in range(100):
            seen = window()
            y = model.predict(np.array([seen[-8:]]))  # KI202
            seen.append(y)
        """,
    window_kept_under_another_name="""
        state = env.reset()
        while True:
            window = state
            action = model.predict(window[None]).argmax()  # KI202
            window[-1] = action
        """,
    state_read_by_a_method="""
        class Writer:
            def __init__(self):
                self.model = keras.Sequential()
                self.text = ""
            def encoded(self):
                return encode(self.text)[None]
            def next(self):
                return self.model.predict(self.encoded()).argmax()  # KI202
            def write(self, steps):
                for _ in range(steps):
                    letter = self.next()
                    self.text += chr(letter)
        """,
    object_handed_on="""
        class Writer:
            def __init__(self):
                self.model = keras.Sequential()
                self.text = ""
                self.size = 8
            def next(self):
                return self.model.predict(encode(self)[None]).argmax()  # KI202
            def write(self, steps):
                for _ in range(steps):
                    letter = self.next()
                    self.text += chr(letter)
        """,
    state_changed_by_a_method="""
        class Agent:
            def __init__(self):
                self.model = keras.Sequential()
                self.seen = []
            def remember(self, y):
                self.seen.append(y)
            def write(self, steps):
                for _ in range(steps):
                    y = self.model.predict(np.array([self.seen[-8:]]))  # KI202
                    self.remember(y.argmax())
        """,
    state_behind_a_property="""
        class Agent:
            def __init__(self):
                self.model = keras.Sequential()
                self.seen = []
            @property
            def window(self):
                return np.array([self.seen[-8:]])
            def write(self, steps):
                for _ in range(steps):
                    y = self.model.predict(self.window)  # KI202
                    self.seen = self.seen + [y.argmax()]
        """,
    state_kept_on_the_instance="""
        class Forecaster:
            def __init__(self):
                self.model = keras.Sequential()
                self.window = np.zeros(30)
            def step(self):
                y = self.model.predict(self.window[None])[0]  # KI202
                self.window = np.append(self.window[1:], y)
            def run(self):
                for _ in range(10):
                    self.step()
        """,
    a_world_that_a_subclass_changes="""
        class World:
            def step(self, action):
                """
    + '"""One move."""'
    + """
            def view(self):
                return self.board
        class Maze(World):
            def step(self, action):
                self.board = self.board + action
        def play(world: World):
            while world.rounds < 100:
                x = world.view()
                world.step(model.predict(np.array([x])))  # KI202
        """,
    an_agent_that_is_asked_once_more_at_the_end="""
        class Agent:
            def act(self, x):
                return model.predict(np.array([x]))[0]  # KI202
        agent, x = Agent(), env.reset()
        while rounds < 1000:
            x, done = env.step(agent.act(x))
            if done:
                agent.act(x)
        """,
    put_by_a_helper_into_the_list_that_the_input_is_cut_from="""
        def add(notes, x):
            notes.append(int(model.predict(x)[0].argmax()))  # KI202
        def generate(seed, length):
            notes = list(seed)
            while len(notes) < length:
                add(notes, np.array([notes[-40:]]))
            return notes
        """,
    put_by_a_helper_of_a_helper="""
        def choose(notes, x):
            notes.append(model.predict(x)[0])  # KI202
        def extend(song, x):
            choose(song.notes, x)
        for _ in range(64):
            extend(song, np.array([song.notes[-8:]]))
        """,
    moved_by_a_helper_that_is_handed_the_world="""
        def move(world, x):
            world.step(model.predict(x[None]))  # KI202
        while world.rounds < 100:
            move(world, world.view())
        """,
    a_stream_that_next_walks_through="""
        from kafka import KafkaConsumer
        messages = iter(KafkaConsumer("images"))
        while True:
            try:
                message = next(messages)
            except StopIteration:
                break
            print(model.predict(np.frombuffer(message.value)[None]))  # KI202
        """,
    a_helper_that_trains_on_each_sample="""
        def learn(x, y):
            wanted = model.predict(x[None])  # KI202
            wanted[0, y] = 1
            model.fit(x[None], wanted)
        for x, y in pairs:
            learn(x, y)
        for i in range(len(xs)):
            learn(xs[i], ys[i])
        """,
    one_of_several_that_implement_a_declaration="""
        class Net:
            def value(self, board):
                raise NotImplementedError
        class Torch(Net):
            def value(self, board):
                return torch_value(board)
        class Keras(Net):
            def __init__(self):
                self.model = keras.Sequential()
            def value(self, board):
                return self.model.predict(board[None])[0]  # KI202
        def play(net, board):
            while not board.ended:
                board = board.after(net.value(board.array))
        play(Torch(), start)
        """,
    functions_that_change_what_lies_around_them="""
        class Account:
            def __init__(self):
                self.cash, self.fee = 100.0, 1.0
        account = Account()
        spent = 0
        def buy(day):
            account.cash -= prices[day]
        def spend(day):
            global spent
            spent += day
        def trade(day):
            spend(day)
        for day in range(250):
            action = np.argmax(model.predict(np.array([[prices[day], account.cash]])))  # KI202
            if action == 1:
                buy(day)
        for day in range(250):
            if np.argmax(model.predict(np.array([[prices[day], spent]]))) == 1:  # KI202
                trade(day)
        def simulate(days):
            held = [0.0]
            def take(day):
                held[0] += prices[day]
            for day in days:
                if np.argmax(model.predict(np.array([[day, held[0]]]))) == 1:  # KI202
                    take(day)
        """,
    accumulated="""
        import functools, itertools
        end = functools.reduce(lambda state, k: model.predict(state), range(10), np.zeros((1, 4)))  # KI202
        def step(state, k):
            return model.predict(state[None] + k)[0]  # KI202
        path = list(itertools.accumulate(range(10), step, initial=np.zeros(4)))
        """,
    parts_that_a_prediction_divides_further="""
        def divide(image):
            if model.predict(image[None])[0, 0] > 0.5:  # KI202
                for part in parts_of(image):
                    divide(part)
        divide(picture)
        """,
    rows_that_are_made_of_the_row_before="""
        for i in range(len(rows) - 1):
            rows[i + 1] = model.predict(rows[i:i + 1])[0]  # KI202
        """,
    samples_between_which_is_trained="""
        def label(path):
            return model.predict(read(path)[None])  # KI202
        def train(path):
            model.fit(read(path), y)
        for option, value in wanted:
            if option == "predict":
                scores.append(label(value))
            if option == "train":
                train(value)
        """,
)
def test_missed_alarms_of_steps(judge: Judge, code: str) -> None:
    judge(code)


# False alarms


@table(
    another_model_each_time_whose_class_predicts_by_its_base="""
        class Net(keras.Model):
            def predict(self, x=None):
                return super().predict(self.kept if x is None else x)  # ok
        def spreads(inputs, base):
            for layer in base.layers:
                net = Net(inputs, layer.input)
                layer.adopt(np.cov(net.predict()[0]))
        """,
    samples_of_one_row_now_and_then="""
        critic = keras.models.load_model("critic.keras")
        both = keras.Sequential([model, critic])
        for step in range(1000):
            z = np.random.normal(size=(1, 20))
            fake = model.predict_on_batch(z)
            critic.train_on_batch(fake, np.zeros((1, 1)))
            both.train_on_batch(z, np.ones((1, 1)))
            if step % 10 == 0:
                z = np.random.normal(size=(1, 20))
                for row in model.predict(z):  # ok
                    picture = np.squeeze(row)
                    picture[picture < 0.5] = 0
        """,
    predict_on_batch="""
        state = env.reset()
        while not done:
            state, reward, done = env.step(np.argmax(model.predict_on_batch(state[None])))  # ok
        """,
    direct_call="""
        state = env.reset()
        while not done:
            state, reward, done = env.step(np.argmax(model(state[None], training=False)))
        model.predict(states)  # ok
        """,
    agent_that_nobody_runs="""
        class Agent:
            def __init__(self):
                self.model = keras.Sequential()
            def act(self, state):
                return np.argmax(self.model.predict(state[None]))  # ok
        """,
    agent_asked_once="""
        class Agent:
            def __init__(self):
                self.model = keras.Sequential()
            def act(self, state):
                return np.argmax(self.model.predict(state[None]))  # ok
        Agent().act(state)
        """,
    agent_of_another_class_runs="""
        class Agent:
            def __init__(self):
                self.model = keras.Sequential()
            def act(self, state):
                return np.argmax(self.model.predict(state[None]))  # ok
        class Random:
            def act(self, state):
                return 0
        agent = Random()
        while not done:
            state, reward, done = env.step(agent.act(state))
        """,
    replay_on_whole_batches="""
        def replay(states, next_states, rewards):
            targets = model.predict(states)  # ok
            future = model.predict(next_states)  # ok
            targets += rewards + future
            model.fit(states, targets)
        for episode in range(100):
            replay(np.array(s), np.array(s2), r)
        """,
    independent_samples="""
        for x in xs:
            print(model.predict(x[None]))  # KI201
        """,
    training_loop_with_a_scored_validation_set="""
        best = 1e9
        while True:
            model.fit(x, y, epochs=1)
            score = metric(y_val, model.predict(x_val))  # ok
            if score > best:
                break
            best = score
        """,
    gan_training="""
        generator, discriminator = keras.Sequential(), keras.Sequential()
        for epoch in range(1000):
            noise = np.random.normal(0, 1, (32, 100))
            fake = generator.predict(noise)  # ok
            discriminator.train_on_batch(real, ones)
            discriminator.train_on_batch(fake, zeros)
        """,
    retry_until_it_works="""
        while True:
            try:
                y = model.predict(x[None])  # ok
                break
            except RuntimeError:
                continue
        """,
    results_kept_beside_the_input="""
        class Scorer:
            def __init__(self, batches):
                self.model = keras.Sequential()
                self.batches = batches
            def score(self):
                for batch in self.batches:
                    y = self.model.predict(batch)  # ok
                    self.best = y.max()
            def score_sets(self):
                for name in self.names:
                    y = self.model.predict(self.source.read(name))  # ok
                    self.mean = y.mean()
                    self.note(y)
            def note(self, y):
                self.last = y
        """,
    optimiser_that_hands_over_many_points="""
        from scipy.optimize import differential_evolution
        def cost(points):
            return model.predict(points.T.reshape(1, -1))[:, 0]  # ok
        differential_evolution(cost, bounds, vectorized=True)
        """,
    optimiser_of_what_a_model_is_built_with="""
        from scipy.optimize import minimize
        def cost(sizes):
            net = keras.Sequential([keras.layers.Dense(int(sizes[0]))])
            net.fit(x, y)
            return float(net.predict(x[:1])[0, 0])  # ok
        minimize(cost, start)
        """,
    optimiser_of_the_weights="""
        from scipy.optimize import minimize
        def cost(weights):
            model.set_weights(unpack(weights))
            return np.mean((model.predict(np.array(xs)) - y) ** 2)  # ok
        minimize(cost, start)
        """,
    minimize_of_the_project="""
        def minimize(cost, start):
            return cost(start)
        minimize(lambda point: model.predict(point[None])[0, 0], start)  # ok
        """,
    the_options_of_a_command_line="""
        import getopt, sys
        def label(path):
            return model.predict(read(path)[None])  # ok
        def train(path):
            model.fit(read(path), y)
        options, rest = getopt.getopt(sys.argv[1:], "p:t:", ["predict=", "train="])
        for option, value in options:
            if option in ("-p", "--predict"):
                scores.append(label(value))
            if option in ("-t", "--train"):
                train(value)
        """,
    file_read_to_its_end="""
        with open("rows") as rows:
            text = rows.read()
        model.predict(encode(text)[None])  # ok
        """,
    what_piles_up_beside_the_results="""
        class Scorer:
            LIMIT = 128
            def __init__(self):
                self.pending = {}
                self.results = {}
            def put(self, key, row):
                self.pending[key] = row
                if len(self.pending) == self.LIMIT:
                    self.run()
            def run(self):
                keys = list(self.pending)
                scores = model.predict(np.stack([self.pending[key] for key in keys]))  # ok
                self.results.update(zip(keys, scores))
                self.pending = {}
        scorer = Scorer()
        for key, row in table.items():
            scorer.put(key, row)
        """,
)
def test_false_alarms(judge: Judge, code: str) -> None:
    judge(code, select=("KI201", "KI202", "KI203"))


# What it says


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("for _ in range(9):\n    x = model.predict(x)  # KI202\n", "each input depends on the last output"),
        ("while True:\n    print(model.predict(encode(input())[None]))  # KI202\n", "inputs arrive live"),
        ("while busy():\n    print(model.predict(ask()[None]))  # KI202\n", "inputs arrive one by one"),
        (
            "while True:\n    x = web.receive_bytes()\n    web.send_json(model.predict(decode(x)[None]))  # KI202\n",
            "inputs arrive live",
        ),
        (
            "import cv2\nfilm = cv2.VideoCapture('film.mp4')\nwhile True:\n    _, frame = film.read()\n"
            "    print(model.predict(frame[None]))  # KI202\n",
            "inputs arrive one by one",
        ),
        (
            "import cv2\nfilm = cv2.VideoCapture('rtsp://door/1')\nwhile True:\n    _, frame = film.read()\n"
            "    print(model.predict(frame[None]))  # KI202\n",
            "inputs arrive live",
        ),
        (
            "import cv2\nfor size in sizes:\n    model.predict(cv2.resize(x, (size, size))[None])  # KI202\n",
            "each input has a size of its own",
        ),
        (
            "for x, y in pairs:\n    print(model.predict(x[None]))  # KI202\n    model.train_on_batch(x[None], y)\n",
            "weights change between the steps",
        ),
        (
            "import random\nfor s in random.sample(m, 9):\n    p = model.predict(s)  # KI202\n    model.fit(s, p)\n",
            "weights change between the steps",
        ),
        (
            "def search(x, depth):\n"
            "    value = model.predict(x[None])  # KI202\n"
            "    return search(step(x, value), depth - 1) if depth else value\n"
            "for _ in range(100):\n"
            "    search(root, 5)\n",
            "each input depends on the last output",
        ),
    ],
)
def test_the_message_says_why_the_steps_cannot_be_batched(judge: Judge, code: str, why: str) -> None:
    (found,) = judge(code)
    assert f"({why})" in found.message
    assert "predict_on_batch(x)" in found.message
    assert found.severity is Severity.WARNING


def test_the_trace_leads_from_the_agent_to_the_loop(judge: Judge) -> None:
    found = judge(
        {
            "agent.py": """
                import keras
                class Agent:
                    def __init__(self):
                        self.model = keras.Sequential()
                    def act(self, state):
                        return self.model.predict(state[None]).argmax()  # KI202
                """,
            "train.py": """
                from agent import Agent
                agent = Agent()
                state = env.reset()
                while not done:
                    state, done = env.step(agent.act(state))
                """,
        }
    )
    steps = [(step.location.filename.rpartition("/")[2], step.location.start.row) for step in found[0].trace]
    assert steps == [("train.py", 5), ("train.py", 4)]
    assert found[0].trace[0].message == "act() is run here: agent.act(state)"
    assert found[0].trace[1].message == "in this loop: while not done"


# Models that feed one another


CHAIN = """
class Pipeline:
    def __init__(self):
        self.encoder = keras.Sequential([keras.layers.Dense(4)])
        self.head = keras.Sequential([keras.layers.Dense(2)])
        self.seen = []

    def predict(self, x):
        z = self.encoder.predict(x)  # ok
        return self.head.predict(z)  # ok

    def evaluate(self, groups):
        scores = {}
        for name, group in groups.items():
            scores[name] = self.score(self.predict(group["inputs"]), group["targets"])
        return scores
"""


def test_models_that_feed_one_another_within_an_iteration_take_no_steps(judge: Judge) -> None:
    judge(CHAIN)


def test_a_method_that_nobody_defines_keeps_nothing_for_the_next_iteration(judge: Judge) -> None:
    judge("""
    from abc import ABC, abstractmethod
    class Baseline(ABC):
        @abstractmethod
        def predict(self, x): ...

        def evaluate(self, groups):
            for name, group in groups.items():
                guesses = self.predict(group["inputs"])
                print(name, self.score(guesses, group["targets"]))

    class Pipeline(Baseline):
        def __init__(self):
            self.encoder = keras.Sequential([keras.layers.Dense(4)])
            self.head = keras.Sequential([keras.layers.Dense(2)])

        def predict(self, x):
            z = self.encoder.predict(x)  # ok
            if hasattr(self, "shift"):
                z = self.shifted(z)
            return self.head.predict(z)  # ok
    """)


def test_a_table_that_a_method_gives_is_another_one(judge: Judge) -> None:
    judge("""
    import pandas as pd
    for region, group in pd.read_csv("rows.csv").groupby("region"):
        guesses = model.predict(group.values)  # ok
        tables.append(group.merge(pd.DataFrame(guesses)))
    for group in groups:
        tables.append(group.assign(p=model.predict(group.values)[:, 0]))  # ok
    """)


def test_a_variable_that_is_assigned_by_name_is_no_table(judge: Judge) -> None:
    judge("""
    state = tf.Variable(np.zeros((1, 3)))
    for i in range(100):
        state.assign(value=model.predict(state))  # KI202
    """)


def test_an_element_that_comes_back_is_a_step(judge: Judge) -> None:
    judge("""
    import itertools
    for player in itertools.cycle(players):
        player.board = model.predict(player.board[None])[0]  # KI202
    """)


def test_a_state_that_is_kept_from_iteration_to_iteration_is_a_step(judge: Judge) -> None:
    judge("""
    class Player:
        def __init__(self):
            self.encoder = keras.Sequential([keras.layers.Dense(4)])
            self.state = np.zeros((1, 4))

        def step(self):
            self.state = self.encoder.predict(self.state)  # KI202

        def run(self, steps):
            for _ in range(steps):
                self.step()
    """)


@pytest.mark.parametrize(
    ("call", "mark"),
    [
        ("model.predict(images, batch_size=size)", "ok"),
        ("model.predict(images, size)", "ok"),
        ("model.predict(images[:1], batch_size=1)", "KI202"),
        ("model.predict(images[:1])", "KI202"),
    ],
)
def test_many_rows_that_predict_cuts_into_batches(judge: Judge, call: str, mark: str) -> None:
    judge(f"""
    def classify(paths, size=32):
        images = np.asarray([np.load(path) for path in paths])
        return {call}  # {mark}

    while True:
        print(classify(input().split()))
    """)


def test_what_rests_on_the_last_output_is_a_step_whatever_the_size_of_its_batches(judge: Judge) -> None:
    judge("""
    texts = ["a"] * 6
    codes = np.zeros((6, 1, 26))
    for _ in range(400):
        codes.fill(0)
        for k in range(len(texts)):
            codes[k, 0, ord(texts[k][-1]) - 97] = 1.0
        scores = model.predict(codes, batch_size=SIZE)  # KI202
        for k in range(len(texts)):
            texts[k] += chr(97 + scores[k].argmax())
    for k in range(400):
        print(model.predict(codes * k, batch_size=SIZE))  # ok
    """)


def test_the_few_faces_of_a_frame_are_a_step(judge: Judge) -> None:
    judge("""
    import cv2
    camera = cv2.VideoCapture(0)

    def detect(frame):
        faces = []
        for x, y, w, h in finder.detectMultiScale(frame):
            faces.append(frame[y:y + h, x:x + w])
        return model.predict(np.array(faces), batch_size=32)  # KI202

    while True:
        print(detect(camera.read()[1]))
    """)


# What changes the weights, a few calls further down

STEPS = """
def a(m, x):
    b(m, x)

def b(m, x):
    c(m, x)

def c(m, x):
    d(m, x)

def d(m, x):
    m.fit(x, x)
"""
FAR = """
def far(xs):
    for x in xs:
        print(model.predict(x[None]))  # KI202
        a(model, x)
"""
NEAR = """
def near(xs):
    for x in xs:
        print(model.predict(x[None]))  # KI202
        c(model, x)
"""


@pytest.mark.parametrize("loops", [FAR, NEAR, FAR + NEAR, NEAR + FAR], ids=["far", "near", "far-near", "near-far"])
def test_how_far_one_loop_trains_says_nothing_of_another(judge: Judge, loops: str) -> None:
    judge(STEPS + loops)
    judge(loops + STEPS)


# What arrives live


LIVE = """
    import keras
    import numpy as np
    model = keras.models.load_model("m.keras")
    """


@table(
    a_queue_in_redis="""
        import json, redis
        db = redis.Redis()
        while True:
            item = db.blpop("images", timeout=1)
            if item is not None:
                image = decode(json.loads(item[1])["image"])
                best = model.predict(np.expand_dims(image, 0))[0].argmax()  # KI202
        """,
    a_microphone_in_an_endless_for="""
        import itertools
        import pyaudio
        stream = pyaudio.PyAudio().open(format=8, channels=1, rate=16000, input=True)
        for _ in itertools.count():
            print(model.predict(np.frombuffer(stream.read(1024), np.int16)[None]))  # KI202
        """,
    a_port_that_is_asked_again_and_again="""
        import serial
        port = serial.Serial("/dev/ttyUSB0")
        for line in iter(port.readline, b""):
            print(model.predict(np.array([line.split()], float)))  # KI202
        for packet in iter(lambda: link.recv(64), b""):
            print(model.predict(np.frombuffer(packet)[None]))  # KI202
        """,
    an_object_that_gives_what_a_microphone_hears="""
        import pyaudio
        class Microphone:
            def __init__(self):
                self.stream = pyaudio.PyAudio().open(input=True)
            def __iter__(self):
                while True:
                    yield np.frombuffer(self.stream.read(1600), np.int16)
        for block in Microphone():
            print(model.predict(block[None]))  # KI202
        """,
    messages_of_a_channel="""
        import redis
        bus = redis.Redis().pubsub()
        for message in bus.listen():
            print(model.predict(np.array([message["data"]])))  # KI202
        """,
    messages_of_a_queue="""
        from kafka import KafkaConsumer
        for message in KafkaConsumer("frames"):
            print(model.predict(np.frombuffer(message.value)[None]))  # KI202
        """,
    events_of_a_game="""
        import pygame
        def react(signal):
            return model.predict(signal[None])[0]  # KI202
        done = False
        while not done:
            for event in pygame.event.get():
                done = event.type == pygame.QUIT
                print(react(np.load(files[np.random.randint(9)])))
        """,
    what_a_generator_hands_on_of_a_stream="""
        from kafka import KafkaConsumer
        def rows():
            consumer = KafkaConsumer("frames")
            for message in consumer:
                yield message.key, np.frombuffer(message.value)[None]
        def packets(link):
            while True:
                yield np.frombuffer(link.recv(64))
        for key, row in rows():
            print(key, model.predict(row))  # KI202
        for packet in packets(connection):
            print(model.predict(packet[None]))  # KI202
        """,
    an_iterator_of_a_camera="""
        import cv2
        class Camera:
            def __init__(self):
                self.device = cv2.VideoCapture(0)
            def __iter__(self):
                return self
            def __next__(self):
                ok, frame = self.device.read()
                if not ok:
                    raise StopIteration
                return frame
        for frame in Camera():
            print(model.predict(frame[None]))  # KI202
        """,
    a_part_of_a_line_that_matches="""
        import sys
        for line in sys.stdin:
            match line.split():
                case ["score", *values]:
                    print(model.predict(np.array([values], float)))  # KI202
                case ["quit"]:
                    break
        """,
)
def test_missed_alarms_of_what_arrives(judge: Judge, code: str) -> None:
    judge(dedent(LIVE) + dedent(code))


@table(
    a_file_that_is_read_in_parts="""
        stream = open("frames.bin", "rb")
        for _ in range(100):
            print(model.predict(np.frombuffer(stream.read(1024), np.int16)[None]))  # KI201
        """,
    lines_of_a_file="""
        with open("rows.csv") as file:
            for line in iter(file.readline, ""):
                print(model.predict(np.array([line.split(",")], float)))  # KI201
        """,
    a_list_that_a_function_called_listen_gives="""
        def listen():
            return list(samples)
        for sample in listen():
            print(model.predict(sample[None]))  # KI201
        """,
    a_generator_that_reads_files="""
        def rows():
            for name in names:
                with open(name, "rb") as file:
                    yield np.frombuffer(file.read())
        for row in rows():
            print(model.predict(row[None]))  # KI201
        """,
)
def test_what_does_not_arrive_is_no_step(judge: Judge, code: str) -> None:
    judge(dedent(LIVE) + dedent(code))


# What other libraries run


RUNNERS = """
    import functools
    from concurrent.futures import ThreadPoolExecutor
    from threading import Thread, Timer
    import keras
    import numpy as np
    model = keras.models.load_model("m.keras")
"""


@table(
    handler_that_a_function_registers="""
        import paho.mqtt.client as mqtt
        def on_message(client, userdata, message):
            print(model.predict(np.frombuffer(message.payload)[None]))  # KI202
        def serve(react):
            client = mqtt.Client()
            client.on_message = react
            client.loop_forever()
        Thread(target=serve, args=(on_message,)).start()
        """,
    submit_policy="""
        def act(s):
            return model.predict(s[None])[0].argmax()  # KI202
        def play(env, policy):
            s, done = env.reset(), False
            while not done:
                s, r, done = env.step(policy(s))
        with ThreadPoolExecutor() as ex:
            for e in range(4):
                ex.submit(play, e, act)
        """,
    thread_kwargs_policy="""
        def act(s):
            return model.predict(s[None])[0].argmax()  # KI202
        def play(env, policy):
            s, done = env.reset(), False
            while not done:
                s, r, done = env.step(policy(s))
        Thread(target=play, kwargs={'env': 1, 'policy': act}).start()
        """,
    thread_kwargs_dict="""
        def act(s):
            return model.predict(s[None])[0].argmax()  # KI202
        def play(env, policy):
            s, done = env.reset(), False
            while not done:
                s, r, done = env.step(policy(s))
        Thread(target=play, kwargs=dict(env=1, policy=act)).start()
        """,
    process_pos="""
        import multiprocessing as mp
        def act(s):
            return model.predict(s[None])[0].argmax()  # KI202
        def play(env, policy):
            s, done = env.reset(), False
            while not done:
                s, r, done = env.step(policy(s))
        mp.Process(None, play, None, (1, act)).start()
        """,
    partial_policy="""
        def act(s):
            return model.predict(s[None])[0].argmax()  # KI202
        def play(env, policy):
            s, done = env.reset(), False
            while not done:
                s, r, done = env.step(policy(s))
        run = functools.partial(play, policy=act)
        run(1)
        """,
    executor_loop="""
        import asyncio
        def act(s):
            return model.predict(s[None])[0].argmax()  # KI202
        def play(env, policy):
            s, done = env.reset(), False
            while not done:
                s, r, done = env.step(policy(s))
        async def main():
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(None, play, 1, act)
        """,
    timer="""
        def act(s):
            return model.predict(s[None])[0].argmax()  # KI202
        def play(env, policy):
            s, done = env.reset(), False
            while not done:
                s, r, done = env.step(policy(s))
        Timer(3, play, args=[1, act]).start()
        """,
    two_levels="""
        def act(s):
            return model.predict(s[None])[0].argmax()  # KI202
        def play(env, policy):
            s, done = env.reset(), False
            while not done:
                s, r, done = env.step(policy(s))
        def start(env, policy):
            play(env, policy)
        Thread(target=start, args=(1, act)).start()
        """,
    method_policy="""
        class Agent:
            def act(self, s):
                return model.predict(s[None])[0].argmax()  # KI202
            def go(self, env):
                Thread(target=self.play, args=(env, self.act)).start()
            def play(self, env, policy):
                s, done = env.reset(), False
                while not done:
                    s, r, done = env.step(policy(s))
        """,
    lambda_policy="""
        def play(env, policy):
            s, done = env.reset(), False
            while not done:
                s, r, done = env.step(policy(s))
        Thread(target=play, args=(1, lambda s: model.predict(s[None])[0].argmax())).start()  # KI202
        """,
    handler_loop="""
        def act(m):
            return model.predict(np.array([m]))  # KI202
        import redis
        def listen(handler):
            for m in redis.Redis().pubsub().listen():
                handler(m['data'])
        listen(act)
        """,
    dispatch_attr="""
        import redis
        class Bus:
            def __init__(self, handler):
                self.handler = handler
            def run(self):
                for m in redis.Redis().pubsub().listen():
                    self.handler(m['data'])
        def act(m):
            return model.predict(np.array([m]))  # KI202
        Thread(target=Bus(act).run).start()
        """,
    pika="""
        import pika
        def on(ch, method, props, body):
            print(model.predict(np.array([float(body)])))  # KI202
        ch = pika.BlockingConnection().channel()
        ch.basic_consume(queue='q', on_message_callback=on)
        """,
    pika_method="""
        import pika
        class W:
            def on(self, ch, method, props, body):
                print(model.predict(np.array([[float(body)]])))  # KI202
            def go(self, channel):
                channel.basic_consume('q', self.on)
        """,
    paho="""
        import paho.mqtt.client as mqtt
        def on(client, data, msg):
            print(model.predict(np.array([[float(msg.payload)]])))  # KI202
        client = mqtt.Client()
        client.on_message = on
        client.loop_forever()
        """,
    socketio="""
        import socketio
        sio = socketio.Server()
        @sio.on('telemetry')
        def telemetry(sid, data):
            print(model.predict(np.array([data['image']])))  # KI202
        @sio.event
        def frame(sid, data):
            print(model.predict(np.array([data['image']])))  # KI202
        def scored(data):
            print(model.predict(np.array([data['image']])))  # KI202
        sio.on('scored', scored)
        """,
    frames_of_a_browser="""
        from streamlit_webrtc import VideoProcessorBase, webrtc_streamer
        class Processor(VideoProcessorBase):
            def recv(self, frame):
                print(model.predict(frame.to_ndarray()[None]))  # KI202
        def callback(frame):
            print(model.predict(frame.to_ndarray()[None]))  # KI202
        webrtc_streamer('a', video_processor_factory=Processor)
        webrtc_streamer('b', video_frame_callback=callback)
        """,
    clocks="""
        import schedule, tkinter
        from apscheduler.schedulers.background import BackgroundScheduler
        from PyQt5.QtCore import QTimer
        def minute():
            print(model.predict(latest()[None]))  # KI202
        def second():
            print(model.predict(latest()[None]))  # KI202
        def tick():
            print(model.predict(latest()[None]))  # KI202
        class Window:
            def __init__(self):
                self.root = tkinter.Tk()
                self.show()
            def show(self):
                print(model.predict(latest()[None]))  # KI202
                self.root.after(10, self.show)
        schedule.every(1).minutes.do(minute)
        BackgroundScheduler().add_job(second, 'interval', seconds=1)
        timer = QTimer()
        timer.timeout.connect(tick)
        Window()
        """,
    files_that_are_written="""
        from watchdog.events import FileSystemEventHandler
        class Handler(FileSystemEventHandler):
            def on_created(self, event):
                print(model.predict(cv2.imread(event.src_path)[None]))  # KI202
        """,
    a_window_that_is_drawn_again_and_again="""
        import arcade
        class Game(arcade.Window):
            def on_update(self, passed):
                self.turn(model.predict(self.state[None]).argmax())  # KI202
        """,
    a_policy_that_is_kept_beside_something_else="""
        class Driver(threading.Thread):
            def __init__(self, car, policy):
                super().__init__()
                self.car, self.policy = car, policy
            def run(self):
                view = self.car.reset()
                while not self.car.crashed:
                    view = self.car.drive(self.policy(view))
        Driver(car, policy=lambda view: model.predict(view[None])[0]).start()  # KI202
        """,
    rospy="""
        import rospy
        def on(image):
            print(model.predict(np.expand_dims(image.data, 0)))  # KI202
        rospy.Subscriber('/camera', object, on)
        """,
    the_default_of_a_parameter="""
        def act(state):
            return model.predict(state[None])[0].argmax()  # KI202
        def play(env, policy=act):
            state, done = env.reset(), False
            while not done:
                state, done = env.step(policy(state))
        play(make())
        """,
)
def test_a_policy_or_handler_that_is_handed_over_runs_once_per_step_or_message(judge: Judge, code: str) -> None:
    judge(dedent(RUNNERS) + dedent(code), select=("KI201", "KI202"))


@table(
    flask_silent="""
        from flask import Flask
        app = Flask('a')
        @app.route('/')
        def home():
            return str(model.predict(np.array([[1.0]])))  # ok
        """,
    button_silent="""
        import tkinter as tk
        def classify():
            print(model.predict(np.array([[1.0]])))  # ok
        for i in range(3):
            tk.Button(command=classify)
        """,
    commands_of_people_silent="""
        import discord, telebot
        from PyQt5.QtWidgets import QPushButton
        bot = telebot.TeleBot('t')
        @bot.message_handler(content_types=['photo'])
        def photo(message):
            print(model.predict(np.array([[1.0]])))  # ok
        client = discord.Client()
        @client.event
        async def on_message(message):
            print(model.predict(np.array([[1.0]])))  # ok
        def classify():
            print(model.predict(np.array([[1.0]])))  # ok
        QPushButton('a').clicked.connect(classify)
        """,
    methods_that_are_only_called_so_silent="""
        class Processor:
            def recv(self, frame):
                print(model.predict(frame[None]))  # ok
            def on_created(self, event):
                print(model.predict(event[None]))  # ok
        """,
    thread_once_silent="""
        def work(x):
            print(model.predict(x[None]))  # ok
        Thread(target=work, args=(np.zeros(4),)).start()
        """,
    event_whole_silent="""
        import pika
        X = np.load('all.npy')
        def on(ch, method, props, body):
            print(model.predict(X))  # ok
        pika.BlockingConnection().channel().basic_consume('q', on)
        """,
)
def test_a_request_a_click_or_one_task_is_no_step(judge: Judge, code: str) -> None:
    judge(dedent(RUNNERS) + dedent(code), select=("KI201", "KI202"))


def test_what_a_helper_keeps_elsewhere_is_no_step(judge: Judge) -> None:
    judge(
        """
        def note(scores, rows, i):
            scores.append(model.predict(rows[i][None]))  # KI201
        def fill(rows, i):
            rows[i]["y"] = model.predict(rows[i]["x"][None])  # KI201
        def column(frame, i):
            frame.loc[i, "score"] = model.predict(frame.loc[i, "pixels"][None])  # KI201
        class Property:
            def __init__(self, converter, scaler):
                self.converter, self.scaler, self.seen = converter, scaler, []
            def of_graph(self, graph):
                found = model.predict(self.converter.rows(graph)[None])  # KI201
                self.seen.append(found)
                return self.scaler.inverse_transform(found)
            def of(self, structure):
                return self.of_graph(self.converter.convert(structure))
        measured = Property(converter, scaler)
        for structure in structures:
            print(measured.of(structure))
        scores = []
        for i in range(100):
            note(scores, rows, i)
            fill(rows, i)
            column(frame, i)
        """
    )


def test_a_loop_of_one_iteration_is_no_step(judge: Judge) -> None:
    judge("""
        steps = 1
        x = np.zeros((1, 10, 1))
        for _ in range(0, steps):
            x = np.append(x, model.predict(x), axis=1)
        steps = 8
        for _ in range(0, steps):
            x = np.append(x, model.predict(x), axis=1)  # KI202
        """)


LEARNER = """
    import keras
    import numpy as np
    class Query:
        def __init__(self, model):
            self.model = model
            self.count = 0
        def ask(self, pool, known):
            scores = self.model.predict(pool[known])  # MARK
            return known | (scores[:, 0] > 0.5)
        def renew(self, model):
            self.model = model
        def note(self, count):
            self.count = count
    class Both(Query):
        def __init__(self, model):
            self.first = Query(model)
        def ask(self, pool, known):
            return self.first.ask(pool, known)
        def renew(self, model):
            self.first.renew(model)
        def note(self, count):
            self.first.note(count)
    def learn(x, y):
        model = keras.Sequential()
        model.fit(x, y)
        return model
    query = KIND(keras.Sequential())
    for step in range(steps):
        known = query.ask(pool, known)
        query.TELL
    """


@pytest.mark.parametrize("kind", ["Query", "Both"])
@pytest.mark.parametrize(("tell", "mark"), [("renew(learn(pool, known))", "ok"), ("note(step)", "KI202")])
def test_an_object_that_is_handed_another_model_each_time(judge: Judge, kind: str, tell: str, mark: str) -> None:
    judge(dedent(LEARNER).replace("KIND", kind).replace("TELL", tell).replace("MARK", mark))


def test_a_list_that_grows_is_not_one_sample(judge: Judge) -> None:
    judge(
        """
        def opened(paths):
            images = []
            for path in paths:
                images += [np.expand_dims(read(path), 0)]
            return np.vstack(images)
        def joined(paths):
            images = []
            for path in paths:
                images = images + [np.expand_dims(read(path), 0)]
            return np.vstack(images)
        def similar(images):
            return model.predict(images)
        images, others = opened(paths), joined(paths)
        for epoch in range(9):
            model.fit(x, y)
            similar(images)
            similar(others)
            similar(np.vstack([] + [np.expand_dims(read(epoch), 0)]))
        """,
        select=("KI201", "KI202"),
    )
