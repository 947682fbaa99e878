"""KI101: predict stands between a gradient's target and its sources. Missed alarms and false alarms side by side."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lint_rules.findings.diagnostics import Confidence, Diagnostic, Severity

Judge = Callable[..., list[Diagnostic]]


def table(**cases: str) -> pytest.MarkDecorator:
    """One test a keyword, named after it."""
    return pytest.mark.parametrize("code", list(cases.values()), ids=[name.replace("_", "-") for name in cases])


# Gradients of the model's weights


@table(
    loss_of_predict="""
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((model.predict(x) - y) ** 2)  # KI101
        grads = tape.gradient(loss, model.trainable_variables)
        """,
    through_a_variable="""
        with tf.GradientTape() as tape:
            y_pred = model.predict(x)  # KI101
            loss = keras.losses.mse(y, y_pred)
        grads = tape.gradient(loss, model.trainable_weights)
        """,
    predict_on_batch="""
        with tf.GradientTape() as tape:
            loss = loss_fn(y, model.predict_on_batch(x))  # KI101
        grads = tape.gradient(loss, model.trainable_variables)
        """,
    bound_method_under_a_name="""
        infer = model.predict
        with tf.GradientTape() as tape:
            loss = loss_fn(y, infer(x))  # KI101
        grads = tape.gradient(loss, model.trainable_variables)
        """,
    bound_method_given_to_a_function="""
        def loss_of(infer):
            return loss_fn(y, infer(x))
        with tf.GradientTape() as tape:
            loss = loss_of(model.predict)  # KI101
        grads = tape.gradient(loss, model.trainable_variables)
        """,
    gradient_taken_under_the_tape="""
        with tf.GradientTape(persistent=True) as tape:
            loss = loss_fn(y, model.predict(x))  # KI101
            grads = tape.gradient(loss, model.trainable_variables)
        """,
    sources_in_a_variable="""
        variables = model.trainable_variables
        with tf.GradientTape() as tape:
            loss = loss_fn(y, model.predict(x))  # KI101
        grads = tape.gradient(loss, variables)
        """,
    sources_in_an_attribute="""
        class Agent:
            def __init__(self):
                self.net = keras.Sequential()
                self.variables = self.net.trainable_variables
            def learn(self, x, y):
                with tf.GradientTape() as tape:
                    loss = loss_fn(y, self.net.predict(x))  # KI101
                return tape.gradient(loss, self.variables)
        """,
    sources_in_a_list_that_grows="""
        variables = []
        for part in [model]:
            variables += part.trainable_variables
        with tf.GradientTape() as tape:
            loss = loss_fn(y, model.predict(x))  # KI101
        grads = tape.gradient(loss, variables)
        """,
    sources_that_were_added="""
        variables = []
        variables.extend(model.trainable_variables)
        with tf.GradientTape() as tape:
            loss = loss_fn(y, model.predict(x))  # KI101
        grads = tape.gradient(loss, variables)
        """,
    sources_that_were_chosen="""
        variables = [v for v in model.trainable_variables if "bias" not in v.name]
        with tf.GradientTape() as tape:
            loss = loss_fn(y, model.predict(x))  # KI101
        grads = tape.gradient(loss, variables)
        """,
    sources_in_a_parameter="""
        def step(x, y, variables):
            with tf.GradientTape() as tape:
                loss = loss_fn(y, model.predict(x))  # KI101
            return tape.gradient(loss, variables)
        step(x, y, model.trainable_variables)
        """,
    some_of_the_weights="""
        with tf.GradientTape() as tape:
            loss = loss_fn(y, model.predict(x))  # KI101
        grads = tape.gradient(loss, model.trainable_variables[2:])
        """,
    weights_of_two_models="""
        other = keras.Sequential()
        with tf.GradientTape() as tape:
            loss = loss_fn(y, other(model.predict(x)))  # KI101
        grads = tape.gradient(loss, model.trainable_variables + other.trainable_variables)
        """,
    sources_by_keyword="""
        with tf.GradientTape() as tape:
            loss = loss_fn(y, model.predict(x))  # KI101
        grads = tape.gradient(target=loss, sources=model.trainable_variables)
        """,
    weights_of_a_layer="""
        with tf.GradientTape() as tape:
            loss = loss_fn(y, model.predict(x))  # KI101
        grads = tape.gradient(loss, model.layers[0].trainable_variables)
        """,
    mixed_with_a_differentiable_term="""
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(model(x, training=True)) + tf.reduce_mean(model.predict(z))  # KI101
        grads = tape.gradient(loss, model.trainable_variables)
        """,
    added_up_in_a_loop="""
        with tf.GradientTape() as tape:
            loss = 0.0
            for x in batch:
                loss += loss_fn(model.predict(x))  # KI101
        grads = tape.gradient(loss, model.trainable_variables)
        """,
    collected_in_a_list="""
        with tf.GradientTape() as tape:
            losses = []
            for x in batch:
                losses.append(loss_fn(model.predict(x)))  # KI101
            loss = tf.add_n(losses)
        grads = tape.gradient(loss, model.trainable_variables)
        """,
    made_a_tensor_again="""
        with tf.GradientTape() as tape:
            y_pred = tf.convert_to_tensor(model.predict(x))  # KI101
            loss = loss_fn(y, y_pred)
        grads = tape.gradient(loss, model.trainable_variables)
        """,
    outer_of_two_tapes="""
        with tf.GradientTape() as outer:
            with tf.GradientTape() as inner:
                y_pred = model.predict(x)  # KI101
                inner_loss = loss_fn(y, y_pred)
            first = inner.gradient(inner_loss, model.trainable_variables)
            penalty = tf.reduce_sum(first)
        second = outer.gradient(penalty, model.trainable_variables)
        """,
    asked_of_the_outer_tape_only="""
        with tf.GradientTape() as outer:
            loss = loss_fn(y, model.predict(x))  # KI101
            with tf.GradientTape() as inner:
                other = loss_fn(y, model(x))
        grads = outer.gradient(loss, model.trainable_variables)
        """,
    two_tapes_for_two_models="""
        generator, discriminator = keras.Sequential(), keras.Sequential()
        with tf.GradientTape() as gen_tape, tf.GradientTape() as disc_tape:
            fake = generator(noise, training=True)
            verdict = discriminator.predict(fake)  # KI101
            gen_loss = loss_fn(verdict)
            disc_loss = loss_fn(verdict, discriminator(real, training=True))
        g = gen_tape.gradient(gen_loss, generator.trainable_variables)
        d = disc_tape.gradient(disc_loss, discriminator.trainable_variables)
        """,
    minimize_with_a_tape="""
        with tf.GradientTape() as tape:
            loss = loss_fn(y, model.predict(x))  # KI101
        optimizer.minimize(loss, model.trainable_variables, tape=tape)
        """,
    minimize_with_a_function="""
        loss = lambda: loss_fn(y, model.predict(x))  # KI101
        optimizer.minimize(loss, model.trainable_variables)
        """,
    jacobian="""
        with tf.GradientTape() as tape:
            out = tf.constant(model.predict(x))  # KI101
        jac = tape.jacobian(out, model.trainable_variables)
        """,
    under_tf_function="""
        @tf.function
        def step(x, y):
            with tf.GradientTape() as tape:
                loss = loss_fn(y, model.predict(x))  # KI101
            return tape.gradient(loss, model.trainable_variables)
        """,
    averaged_by_numpy="""
        with tf.GradientTape() as tape:
            loss = np.mean((model.predict(x) - y) ** 2)  # KI101
        grads = tape.gradient(loss, model.trainable_variables)
        """,
    collected_in_a_dict="""
        with tf.GradientTape() as tape:
            losses = {}
            losses["main"] = loss_fn(y, model.predict(x))  # KI101
            total = sum(losses.values())
        grads = tape.gradient(total, model.trainable_variables)
        """,
    picked_from_and_nothing_else="""
        with tf.GradientTape() as tape:
            loss = loss_fn(y, tf.argmax(model.predict(x), axis=1))  # KI101
        grads = tape.gradient(loss, model.trainable_variables)
        """,
    tape_handed_to_a_helper="""
        def update(tape, loss):
            tape.gradient(loss, model.trainable_variables)
        with tf.GradientTape() as tape:
            loss = loss_fn(y, model.predict(x))  # KI101
        update(tape, loss)
        """,
    tape_returned="""
        def forward(x, y):
            with tf.GradientTape() as tape:
                loss = loss_fn(y, model.predict(x))  # KI101
            return loss, tape
        """,
    function_that_returns_loss_and_gradients="""
        def grad(model, inputs, targets):
            with tf.GradientTape() as tape:
                loss_value = loss_fn(model.predict(inputs), targets)  # KI101
            return loss_value, tape.gradient(loss_value, model.trainable_variables)
        grad(model, x, y)
        """,
    loss_in_a_function="""
        def loss(model, x, y):
            return loss_fn(y, model.predict(x))  # KI101
        def step(x, y):
            with tf.GradientTape() as tape:
                value = loss(model, x, y)
            return tape.gradient(value, model.trainable_variables)
        """,
    loss_two_functions_deep="""
        def forward(x):
            return model.predict(x)  # KI101
        def loss(x, y):
            return loss_fn(y, forward(x))
        def step(x, y):
            with tf.GradientTape() as tape:
                value = loss(x, y)
            return tape.gradient(value, model.trainable_variables)
        """,
    compiled_loss_called_in_a_custom_loop="""
        for x, y in data:
            with tf.GradientTape() as tape:
                loss = model.compiled_loss(y, model.predict(x))  # KI101
            optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))
        """,
    picked_in_a_function="""
        def loss(x, y):
            return loss_fn(y, tf.argmax(model.predict(x), axis=1))  # KI101
        def step(x, y):
            with tf.GradientTape() as tape:
                value = loss(x, y)
            return tape.gradient(value, model.trainable_variables)
        """,
    put_by_a_function_into_a_list_of_losses="""
        def add(losses, x, y):
            losses.append(loss_fn(y, model.predict(x)))  # KI101
        with tf.GradientTape() as tape:
            losses = []
            for x, y in batch:
                add(losses, x, y)
            loss = tf.add_n(losses)
        grads = tape.gradient(loss, model.trainable_variables)
        """,
)
def test_missed_alarms_on_weights(judge: Judge, code: str) -> None:
    judge(code)


@table(
    predict_of_the_same_class="""
        class Net(keras.Model):
            def learn(self, x, y):
                with tf.GradientTape() as tape:
                    loss = loss_fn(y, self.predict(x))  # KI101
                return tape.gradient(loss, self.trainable_variables)
        """,
    through_a_method_of_the_same_class="""
        class Agent:
            def __init__(self):
                self.model = keras.Sequential()
            def forward(self, x):
                return self.model.predict(x)  # KI101
            def learn(self, x, y):
                with tf.GradientTape() as tape:
                    loss = loss_fn(y, self.forward(x))
                return tape.gradient(loss, self.model.trainable_variables)
        """,
    first_result_of_a_helper="""
        class Net:
            def __init__(self):
                self.model = keras.Sequential()
            def loss(self, x, y):
                scores = self.model.predict(x)  # KI101
                return loss_fn(y, scores), scores
        net = Net()
        def step(x, y):
            with tf.GradientTape() as tape:
                loss, scores = net.loss(x, y)
            return tape.gradient(loss, net.model.trainable_variables)
        """,
    own_predict_that_wraps_keras="""
        class Agent:
            def __init__(self):
                self.model = keras.Sequential()
            def predict(self, x):
                return self.model.predict(x, verbose=0)  # KI101
            def learn(self, x, y):
                with tf.GradientTape() as tape:
                    loss = loss_fn(y, self.predict(x))
                return tape.gradient(loss, self.model.trainable_variables)
        """,
    alias_of_the_attribute="""
        class Agent:
            def __init__(self):
                self.model = keras.Sequential()
            def learn(self, x, y):
                net = self.model
                with tf.GradientTape() as tape:
                    loss = loss_fn(y, net.predict(x))  # KI101
                return tape.gradient(loss, self.model.trainable_variables)
        """,
    tape_in_another_module_than_the_model="""
        class Trainer:
            def __init__(self, net: keras.Model):
                self.net = net
            def step(self, x, y):
                with tf.GradientTape() as tape:
                    loss = self.loss(x, y)
                return tape.gradient(loss, self.net.trainable_variables)
            def loss(self, x, y):
                return loss_fn(self.net.predict(x), y)  # KI101
        """,
)
def test_missed_alarms_in_methods(judge: Judge, code: str) -> None:
    judge(code)


def test_missed_alarm_in_another_module(judge: Judge) -> None:
    (found,) = judge(
        {
            "net.py": """
                import keras
                class Net:
                    def __init__(self):
                        self.model = keras.Sequential()
                    def forward(self, x):
                        return self.model.predict(x)  # KI101
                """,
            "train.py": """
                import tensorflow as tf
                from net import Net
                net = Net()
                def step(x, y):
                    with tf.GradientTape() as tape:
                        loss = tf.reduce_mean((net.forward(x) - y) ** 2)
                    return tape.gradient(loss, net.model.trainable_variables)
                """,
        }
    )
    assert [(step.location.filename.rpartition("/")[2], step.location.start.row) for step in found.trace] == [
        ("train.py", 6),
        ("train.py", 5),
    ]


def test_actor_and_critic_are_lost_and_the_target_is_not(judge: Judge) -> None:
    judge(
        """
        class Agent:
            def __init__(self):
                self.actor = keras.Sequential()
                self.critic = keras.Sequential()
                self.target = keras.models.clone_model(self.critic)
            def learn(self, s, a, r, s2):
                with tf.GradientTape(persistent=True) as tape:
                    probs = self.actor.predict_on_batch(s)  # KI101
                    value = self.critic.predict_on_batch(s)  # KI101
                    future = self.target.predict_on_batch(s2)  # KI104
                    delta = r + 0.99 * future - value
                    actor_loss = -tf.math.log(probs[0, a]) * delta
                    critic_loss = delta ** 2
                actor_grads = tape.gradient(actor_loss, self.actor.trainable_variables)
                critic_grads = tape.gradient(critic_loss, self.critic.trainable_variables)
        """
    )


# Gradients of the input, and of what lies upstream


@table(
    saliency="""
        image = tf.Variable(picture)
        with tf.GradientTape() as tape:
            score = model.predict(image)[0, label]  # KI101
        saliency = tape.gradient(score, image)
        """,
    saliency_watched="""
        def saliency(image, label):
            with tf.GradientTape() as tape:
                tape.watch(image)
                prediction = model.predict(image)  # KI101
                loss = loss_fn(label, prediction)
            return tape.gradient(loss, image)
        """,
    adversarial_example_through_a_helper="""
        def score(image, label):
            return model.predict(image)[:, label]  # KI101
        def attack(image, label):
            with tf.GradientTape() as tape:
                tape.watch(image)
                loss = score(image + 0.1, label)
            return image + tf.sign(tape.gradient(loss, image))
        """,
    gradient_penalty="""
        def penalty(real, fake):
            mixed = real + 0.5 * (fake - real)
            with tf.GradientTape() as tape:
                tape.watch(mixed)
                verdict = model.predict(mixed)  # KI101
            slopes = tape.gradient(verdict, [mixed])[0]
            return tf.reduce_mean((tf.norm(slopes) - 1.0) ** 2)
        """,
    features_and_scores_of_one_call="""
        grad_model = keras.Model(model.inputs, [model.get_layer("conv").output, model.output])
        with tf.GradientTape() as tape:
            features, scores = grad_model.predict(image)  # KI101
            loss = scores[:, label]
        grads = tape.gradient(loss, features)
        """,
    second_derivative="""
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                u = model.predict(x)  # KI101
            u_x = inner.gradient(u, x)
        u_xx = outer.gradient(u_x, x)
        """,
    loss_object_that_is_called="""
        class Content:
            def __init__(self, vgg):
                self.vgg = vgg
            def __call__(self, image):
                return tf.reduce_mean(self.vgg.predict(image))  # KI101
        content = Content(keras.applications.VGG16())
        def step(image):
            with tf.GradientTape() as tape:
                loss = content(image)
            return tape.gradient(loss, image)
        """,
    list_of_inputs="""
        with tf.GradientTape() as tape:
            tape.watch([a, b])
            out = tf.reduce_sum(model.predict([a, b]))  # KI101
        grads = tape.gradient(out, [a, b])
        """,
    critic_between_the_generator_and_a_loss_in_a_helper="""
        generator, critic = keras.Sequential(), keras.Sequential()
        def loss_of(noise):
            fake = generator(noise, training=True)
            return tf.reduce_mean(critic.predict(fake))  # KI101
        def step(noise):
            with tf.GradientTape() as tape:
                loss = loss_of(noise)
            return tape.gradient(loss, generator.trainable_variables)
        """,
    critic_between_the_actor_and_its_loss="""
        actor, critic = keras.Sequential(), keras.Sequential()
        with tf.GradientTape() as tape:
            actions = actor(states, training=True)
            actor_loss = -tf.reduce_mean(critic.predict([states, actions]))  # KI101
        grads = tape.gradient(actor_loss, actor.trainable_variables)
        """,
    discriminator_between_the_generator_and_its_loss="""
        class Gan:
            def __init__(self):
                self.generator = keras.Sequential()
                self.discriminator = keras.Sequential()
            def step(self, noise):
                with tf.GradientTape() as tape:
                    fake = self.generator(noise, training=True)
                    loss = loss_fn(self.discriminator.predict(fake))  # KI101
                return tape.gradient(loss, self.generator.trainable_variables)
        """,
    feature_extractor_of_a_style_loss="""
        vgg = keras.applications.VGG19(include_top=False)
        canvas = tf.Variable(start)
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((vgg.predict(canvas) - style) ** 2)  # KI101
        optimizer.apply_gradients([(tape.gradient(loss, canvas), canvas)])
        """,
    both_models_called_by_functions="""
        actor, critic = keras.Sequential(), keras.Sequential()
        def act(states):
            return actor(states, training=True)
        def worth(states, actions):
            return -tf.reduce_mean(critic.predict([states, actions]))  # KI101
        with tf.GradientTape() as tape:
            actor_loss = worth(states, act(states))
        grads = tape.gradient(actor_loss, actor.trainable_variables)
        """,
)
def test_missed_alarms_on_inputs(judge: Judge, code: str) -> None:
    judge(code)


# Other differentiators


@table(
    jax_grad="""
        import jax
        def loss(params, x):
            return ((model.predict(x) - 1) ** 2).mean()  # KI101
        g = jax.grad(loss)(params, x)
        """,
    jax_value_and_grad_with_aux="""
        import jax
        def loss(params, x, y):
            y_pred = model.predict(x)  # KI101
            return ((y_pred - y) ** 2).mean(), y_pred
        step = jax.value_and_grad(loss, has_aux=True, argnums=0)
        """,
    decorator="""
        import jax
        @jax.grad
        def loss(x):
            return model.predict(x).sum()  # KI101
        """,
    partial_decorator="""
        import jax
        from functools import partial
        @partial(jax.value_and_grad, has_aux=True)
        def loss(x):
            return model.predict(x).sum(), x  # KI101
        """,
    partial_of_the_function="""
        import jax
        from functools import partial
        def loss(scale, x):
            return model.predict(x).sum() * scale  # KI101
        g = jax.grad(partial(loss, 2.0))
        """,
    lambda_="""
        import jax
        g = jax.grad(lambda x: model.predict(x).sum())(x)  # KI101
        """,
    called_by_the_differentiated_function="""
        import jax
        def forward(x):
            return model.predict(x)  # KI101
        def loss(x):
            return forward(x).sum()
        g = jax.jacobian(loss)(x)
        """,
    jit_of_grad="""
        import jax
        def loss(x):
            return model.predict(x).sum()  # KI101
        g = jax.jit(jax.grad(loss))
        """,
    tfp="""
        import tensorflow_probability as tfp
        def log_prob(z):
            return tf.reduce_sum(model.predict(z))  # KI101
        value, grad = tfp.math.value_and_gradient(log_prob, z)
        """,
    torch_backward="""
        import torch
        def step(x, y):
            y_pred = torch.tensor(model.predict(x), requires_grad=True)  # KI101
            loss = torch.nn.functional.mse_loss(y_pred, y)
            loss.backward()
        """,
    torch_backward_of_an_expression="""
        import torch
        def step(x, y):
            ((model.predict(x) - y) ** 2).mean().backward()  # KI101
        """,
    torch_backward_of_what_a_function_gives="""
        import torch
        def forward(x):
            return torch.tensor(model.predict(x), requires_grad=True)  # KI101
        def step(x, y):
            torch.nn.functional.mse_loss(forward(x), y).backward()
        """,
)
def test_missed_alarms_with_other_differentiators(judge: Judge, code: str) -> None:
    judge(code)


# False alarms


@table(
    direct_call="""
        with tf.GradientTape() as tape:
            loss = loss_fn(y, model(x, training=True))
        grads = tape.gradient(loss, model.trainable_variables)
        print(model.predict(x))  # ok
        """,
    branch_that_is_not_taken="""
        def forward(x, with_gradient=True):
            if with_gradient:
                return model(x, training=True)
            return model.predict(x)  # ok
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(forward(x))
        grads = tape.gradient(loss, model.trainable_variables)
        scores = forward(x, with_gradient=False)
        """,
    before_the_tape="""
        base = model.predict(x)  # ok
        with tf.GradientTape() as tape:
            loss = loss_fn(base, model(x, training=True))
        grads = tape.gradient(loss, model.trainable_variables)
        """,
    between_the_tape_and_its_gradient="""
        with tf.GradientTape() as tape:
            loss = loss_fn(y, model(x, training=True))
        before = model.predict(x)  # ok
        grads = tape.gradient(loss, model.trainable_variables)
        """,
    stopped_recording="""
        with tf.GradientTape() as tape:
            with tape.stop_recording():
                base = model.predict(x)  # ok
            loss = loss_fn(base, model(x, training=True))
        grads = tape.gradient(loss, model.trainable_variables)
        """,
    stop_gradient="""
        with tf.GradientTape() as tape:
            base = tf.stop_gradient(model.predict(x))  # KI104
            loss = loss_fn(base, model(x, training=True))
        grads = tape.gradient(loss, model.trainable_variables)
        """,
    stop_gradient_of_a_variable="""
        with tf.GradientTape() as tape:
            base = model.predict(x)  # KI104
            loss = loss_fn(tf.stop_gradient(base), model(x, training=True))
        grads = tape.gradient(loss, model.trainable_variables)
        """,
    metric_only="""
        with tf.GradientTape() as tape:
            loss = loss_fn(y, model(x, training=True))
            accuracy.update_state(y, model.predict(x))  # KI104
        grads = tape.gradient(loss, model.trainable_variables)
        """,
    log_only="""
        with tf.GradientTape() as tape:
            loss = loss_fn(y, model(x, training=True))
            print("now", model.predict(x))  # KI104
        grads = tape.gradient(loss, model.trainable_variables)
        """,
    dqn_target="""
        target = keras.models.clone_model(model)
        with tf.GradientTape() as tape:
            future = target.predict(s2).max(axis=1)  # KI104
            loss = loss_fn(r + 0.99 * future, model(s, training=True))
        grads = tape.gradient(loss, model.trainable_variables)
        """,
    action_picked_by_the_same_model="""
        target = keras.models.clone_model(model)
        with tf.GradientTape() as tape:
            best = np.argmax(model.predict(s2), axis=1)  # KI104
            future = target.predict(s2)[np.arange(32), best]  # KI104
            loss = loss_fn(r + 0.99 * future, model(s, training=True))
        grads = tape.gradient(loss, model.trainable_variables)
        """,
    class_that_is_explained="""
        with tf.GradientTape() as tape:
            tape.watch(image)
            label = np.argmax(model.predict(image)[0])  # KI104
            score = model(image)[:, label]
        grads = tape.gradient(score, image)
        """,
    old_policy="""
        class Agent:
            def __init__(self):
                self.actor, self.old = keras.Sequential(), keras.Sequential()
            def learn(self, s, advantage):
                with tf.GradientTape() as tape:
                    ratio = self.actor(s, training=True) / self.old.predict(s)  # KI104
                    loss = -tf.reduce_mean(ratio * advantage)
                return tape.gradient(loss, self.actor.trainable_variables)
        """,
    watched_output_of_another_model="""
        critic = keras.Sequential()
        with tf.GradientTape() as tape:
            fake = tf.constant(model.predict(noise))  # KI104
            tape.watch(fake)
            verdict = critic(fake)
        slopes = tape.gradient(verdict, fake)
        """,
    logged_under_a_tape_that_a_helper_gets="""
        def update(tape, loss):
            tape.gradient(loss, model.trainable_variables)
        with tf.GradientTape() as tape:
            loss = loss_fn(y, model(x, training=True))
            print(model.predict(x))  # KI104
        update(tape, loss)
        """,
    tape_wrapped_by_horovod="""
        import horovod.tensorflow as hvd
        with tf.GradientTape() as tape:
            loss = loss_fn(y, model(x, training=True))
            print(model.predict(x))  # KI104
        tape = hvd.DistributedGradientTape(tape)
        grads = tape.gradient(loss, model.trainable_variables)
        """,
    prediction_before_explaining_it="""
        label = np.argmax(model.predict(image)[0])  # ok
        with tf.GradientTape() as tape:
            tape.watch(image)
            score = model(image)[:, label]
        grads = tape.gradient(score, image)
        """,
    weights_of_another_model_in_a_variable="""
        other = keras.Sequential()
        variables = other.trainable_variables
        with tf.GradientTape() as tape:
            loss = loss_fn(model.predict(x), other(x, training=True))  # KI104
        grads = tape.gradient(loss, variables)
        """,
    unrelated_input="""
        image = tf.Variable(start)
        with tf.GradientTape() as tape:
            loss = loss_fn(model.predict(style), model(image))  # KI104
        grads = tape.gradient(loss, image)
        """,
    second_result_of_a_helper="""
        class Net:
            def __init__(self):
                self.model = keras.Sequential()
            def loss(self, x, y):
                loss = loss_fn(y, self.model(x, training=True))
                return loss, self.model.predict(x)  # KI104
        net = Net()
        def step(x, y):
            with tf.GradientTape() as tape:
                loss, scores = net.loss(x, y)
            accuracy.update_state(y, scores)
            return tape.gradient(loss, net.model.trainable_variables)
        """,
    frozen_teacher="""
        teacher = keras.models.load_model("teacher.keras")
        with tf.GradientTape() as tape:
            soft = teacher.predict(x)  # KI104
            loss = loss_fn(soft, model(x, training=True))
        grads = tape.gradient(loss, model.trainable_variables)
        """,
    target_network_in_a_helper="""
        class Agent:
            def __init__(self):
                self.model = keras.Sequential()
                self.target = keras.Sequential()
            def expected(self, s2):
                return self.target.predict(s2).max(axis=1)  # KI104
            def learn(self, s, s2):
                with tf.GradientTape() as tape:
                    loss = loss_fn(self.expected(s2), self.model(s, training=True))
                return tape.gradient(loss, self.model.trainable_variables)
        """,
    images_for_the_discriminator="""
        generator, discriminator = keras.Sequential(), keras.Sequential()
        with tf.GradientTape() as tape:
            fake = generator.predict(noise)  # KI104
            loss = loss_fn(discriminator(fake, training=True))
        grads = tape.gradient(loss, discriminator.trainable_variables)
        """,
    object_detection_predict_with_shapes="""
        class Detector(keras.Model):
            def predict(self, images, shapes):
                return self(images)
        detector = Detector()
        with tf.GradientTape() as tape:
            predictions = detector.predict(images, shapes)
            loss = detector.loss(predictions, shapes)
        grads = tape.gradient(loss, detector.trainable_variables)
        """,
    built_by_a_library_we_do_not_know="""
        from object_detection.builders import model_builder
        detector = model_builder.build(model_config=config, is_training=True)
        with tf.GradientTape() as tape:
            predictions = detector.predict(images, shapes)
            loss = detector.loss(predictions, shapes)
        grads = tape.gradient(loss, detector.trainable_variables)
        """,
    own_predict_that_calls_directly="""
        class Agent:
            def __init__(self):
                self.model = keras.Sequential()
            def predict(self, x):
                return self.model(x)
            def learn(self, x, y):
                with tf.GradientTape() as tape:
                    loss = loss_fn(y, self.predict(x))
                return tape.gradient(loss, self.model.trainable_variables)
        """,
    def_under_a_tape_that_runs_elsewhere="""
        with tf.GradientTape() as tape:
            def show():
                return model.predict(x)  # ok
            loss = loss_fn(y, model(x))
        grads = tape.gradient(loss, model.trainable_variables)
        show()
        """,
    jax_function_that_only_prints="""
        import jax
        def loss(x):
            return (x ** 2).sum()
        g = jax.grad(loss)(model.predict(x))  # ok
        """,
    torch_backward_of_something_else="""
        import torch
        def step(x, y):
            print(model.predict(x))  # ok
            loss = torch.nn.functional.mse_loss(model(x), y)
            loss.backward()
        """,
    stopped_by_the_function_that_gets_it="""
        def distance(base, x):
            return loss_fn(tf.stop_gradient(base), model(x, training=True))
        with tf.GradientTape() as tape:
            base = model.predict(x)  # KI104
            loss = distance(base, x)
        grads = tape.gradient(loss, model.trainable_variables)
        """,
    beside_the_loss_through_two_functions="""
        def parts(x, y):
            return loss_fn(y, model(x, training=True)), model.predict(x)  # KI104
        def both(x, y):
            return parts(x, y)
        def step(x, y):
            with tf.GradientTape() as tape:
                loss, scores = both(x, y)
            accuracy.update_state(y, scores)
            return tape.gradient(loss, model.trainable_variables)
        """,
    put_into_a_list_that_the_loss_does_not_read="""
        def add(losses, seen, x, y):
            losses.append(loss_fn(y, model(x, training=True)))
            seen.append(model.predict(x))  # KI104
        with tf.GradientTape() as tape:
            losses, seen = [], []
            for x, y in batch:
                add(losses, seen, x, y)
            loss = tf.add_n(losses)
        grads = tape.gradient(loss, model.trainable_variables)
        """,
    torch_detached="""
        import torch
        def step(x, y):
            base = torch.tensor(model.predict(x)).detach()  # ok
            loss = ((model(x) - base) ** 2).mean()
            loss.backward()
        """,
    evaluate_outside="""
        with tf.GradientTape() as tape:
            loss = loss_fn(y, model(x, training=True))
        grads = tape.gradient(loss, model.trainable_variables)
        model.evaluate(x, y)  # ok
        """,
)
def test_false_alarms(judge: Judge, code: str) -> None:
    judge(code)


def test_a_target_of_the_torch_loss_is_a_constant(judge: Judge) -> None:
    judge(
        """
        import torch
        target = keras.models.clone_model(model)
        def step(s, s2, r):
            future = torch.tensor(target.predict(s2)).max(dim=1)  # KI104
            loss = ((model(s) - (r + future)) ** 2).mean()
            loss.backward()
        """,
        select=("KI101",),
    )


@table(
    teacher_of_a_student="""
        import jax
        teacher = keras.models.load_model("teacher.keras")
        def loss(params, x):
            soft = teacher.predict(x)  # KI104
            hard, _ = model.stateless_call(params, [], x)
            return ((soft - hard) ** 2).mean()
        g = jax.value_and_grad(loss)
        """,
    predict_of_the_model_that_is_trained="""
        import jax
        def loss(params, x):
            hard, _ = model.stateless_call(params, [], x)
            return ((model.predict(x) - hard) ** 2).mean()  # KI101
        g = jax.value_and_grad(loss)
        """,
    judge_between_the_model_and_its_loss="""
        import jax
        critic = keras.models.load_model("critic.keras")
        def loss(params, x):
            hard, _ = model.stateless_call(params, [], x)
            return critic.predict(hard).mean()  # KI101
        g = jax.value_and_grad(loss)
        """,
    derived_by_the_second_argument="""
        import jax
        critic = keras.models.load_model("critic.keras")
        def loss(params, x):
            hard, _ = model.stateless_call(params, [], x)
            return (critic.predict(x) - hard).mean()  # KI101
        g = jax.grad(loss, argnums=1)
        """,
)
def test_with_jax_the_weights_are_an_argument(judge: Judge, code: str) -> None:
    judge(code)


@table(
    scipy="""
        from scipy.optimize import minimize
        minimize(lambda x: model.predict(x[None])[0, 0], x0)  # KI202
        """,
    custom_gradient="""
        @tf.custom_gradient
        def score(x):
            y = tf.constant(model.predict(x))  # ok
            return y, lambda dy: dy
        """,
)
def test_what_needs_no_gradient_of_the_call(judge: Judge, code: str) -> None:
    judge(code)


# What it says


@pytest.mark.parametrize(
    ("sources", "instead"),
    [
        ("model.trainable_variables", "model(x, training=True)"),
        ("x", "model(x, training=False)"),
    ],
)
def test_the_message_says_what_to_write_for_these_sources(judge: Judge, sources: str, instead: str) -> None:
    (found,) = judge(
        f"""
        with tf.GradientTape() as tape:
            loss = loss_fn(y, model.predict(x))  # KI101
        grads = tape.gradient(loss, {sources})
        """
    )
    assert found.message.endswith(f"Call the model: {instead}.")
    assert (found.severity, found.confidence) == (Severity.ERROR, Confidence.CERTAIN)
    assert [step.message for step in found.trace] == ["under this gradient tape"]


def test_a_receiver_that_is_only_likely_makes_a_likely_finding(judge: Judge) -> None:
    (found,) = judge(
        """
        def learn(net, x, y):
            net.compile(loss="mse")
            with tf.GradientTape() as tape:
                loss = loss_fn(y, net.predict(x))  # KI101
            return tape.gradient(loss, net.trainable_variables)
        """
    )
    assert found.confidence is Confidence.LIKELY


def test_a_finding_here_silences_the_loop_rules_at_the_same_call(judge: Judge) -> None:
    judge(
        """
        for x in images:
            with tf.GradientTape() as tape:
                loss = loss_fn(model.predict(x[None]))  # KI101
            grads = tape.gradient(loss, model.trainable_variables)
        """
    )


FROZEN = """
extractor = keras.applications.VGG16(include_top=False)
{freeze}
generator = keras.Sequential([keras.layers.Conv2D(3, 3)])

def step(low, high):
    with tf.GradientTape() as tape:
        made = generator(low)
        loss = tf.reduce_mean(extractor.predict(made) - extractor.predict(high))  # KI101
    return tape.gradient(loss, {sources})
"""


@pytest.mark.parametrize(
    ("freeze", "sources", "training"),
    [
        ("extractor.trainable = False", "generator.trainable_weights", False),
        ("extractor.trainable = False", "generator.trainable_weights + extractor.trainable_weights", False),
        ("extractor.trainable = False", "watched()", False),
        ("", "generator.trainable_weights + extractor.trainable_weights", True),
        ("extractor.trainable = True", "generator.trainable_weights + extractor.trainable_weights", True),
    ],
)
def test_a_frozen_extractor_is_never_told_to_train(judge: Judge, freeze: str, sources: str, training: bool) -> None:
    found, *_ = judge(FROZEN.format(freeze=freeze, sources=sources).replace(" - extractor.predict(high)", ""))
    assert ("training=True" in found.message) is training


# Receivers that only a caller elsewhere fills


@table(
    the_input_is_differentiated="""
        def attack(net, x, y):
            x = tf.Variable(x)
            with tf.GradientTape() as tape:
                loss = loss_fn(y, net.predict(x))  # KI101
            return tape.gradient(loss, x)
        """,
    its_weights_are="""
        def train(net, x, y):
            with tf.GradientTape() as tape:
                loss = loss_fn(y, net.predict(x))  # KI101
            return tape.gradient(loss, net.trainable_variables)
        """,
    through_a_method="""
        class Attack:
            def __init__(self, classifier):
                self.classifier = classifier
            def scores(self, x):
                return self.classifier.predict(x)  # KI101
            def run(self, x, y):
                x = tf.convert_to_tensor(x)
                with tf.GradientTape() as tape:
                    tape.watch(x)
                    loss = loss_fn(y, self.scores(x))
                return tape.gradient(loss, x)
        """,
)
def test_what_a_tape_differentiates_is_likely_a_model(judge: Judge, code: str) -> None:
    (found,) = judge(code)
    assert found.confidence is Confidence.LIKELY


@table(
    a_teacher="""
        def distil(teacher, student, x):
            with tf.GradientTape() as tape:
                loss = loss_fn(teacher.predict(x), student(x))
            return tape.gradient(loss, student.trainable_variables)
        """,
    a_log="""
        def train(net, judge, x, y):
            with tf.GradientTape() as tape:
                loss = loss_fn(y, net(x))
                print(judge.predict(x))
            return tape.gradient(loss, net.trainable_variables)
        """,
    a_class_of_the_project_may_be_meant="""
        class Linear:
            def predict(self, x):
                return x * 2
        def attack(net, x, y):
            with tf.GradientTape() as tape:
                tape.watch(x)
                loss = loss_fn(y, net.predict(x))
            return tape.gradient(loss, x)
        """,
    another_library="""
        from sklearn.linear_model import Ridge
        def attack(x, y):
            with tf.GradientTape() as tape:
                tape.watch(x)
                loss = loss_fn(y, Ridge().predict(x))
            return tape.gradient(loss, x)
        """,
)
def test_what_nobody_differentiates_is_unknown(judge: Judge, code: str) -> None:
    judge(code)


# Tapes that are entered without a with


@table(
    by_an_exit_stack="""
        import contextlib
        stack = contextlib.ExitStack()
        tape = stack.enter_context(tf.GradientTape())
        loss = loss_fn(y, model.predict(x))  # KI101
        stack.close()
        scores = model.predict(x)  # ok
        grads = tape.gradient(loss, model.trainable_variables)
        """,
    by_hand="""
        tape = tf.GradientTape()
        tape.__enter__()
        loss = loss_fn(y, model.predict(x))  # KI101
        tape.__exit__(None, None, None)
        scores = model.predict(x)  # ok
        grads = tape.gradient(loss, model.trainable_variables)
        """,
    on_some_condition="""
        import contextlib
        def step(x, y, training):
            with tf.GradientTape() if training else contextlib.nullcontext() as tape:
                loss = loss_fn(y, model.predict(x))  # KI101
            return tape.gradient(loss, model.trainable_variables)
        """,
    as_an_attribute="""
        class Step:
            def run(self, x, y):
                with tf.GradientTape() as self.tape:
                    loss = loss_fn(y, model.predict(x))  # KI101
                return self.tape.gradient(loss, model.trainable_variables)
        """,
    by_a_default="""
        def step(x, y, make=tf.GradientTape):
            with make() as tape:
                loss = loss_fn(y, model.predict(x))  # KI101
            return tape.gradient(loss, model.trainable_variables)
        """,
)
def test_a_tape_is_a_value(judge: Judge, code: str) -> None:
    judge(code, select=("KI101", "KI104"))


def test_a_tape_from_another_module(judge: Judge) -> None:
    judge(
        {
            "common.py": "import tensorflow as tf\nTape = tf.GradientTape\n",
            "train.py": """
                import keras
                from common import Tape
                model = keras.models.load_model("m.keras")
                def step(x, y, loss_fn):
                    with Tape() as tape:
                        loss = loss_fn(y, model.predict(x))  # KI101
                    return tape.gradient(loss, model.trainable_variables)
            """,
        }
    )


@table(
    behind_a_tuple="""
        pair = (model, 0)
        with tf.GradientTape() as tape:
            loss = loss_fn(y, pair[0].predict(x))  # KI101
        grads = tape.gradient(loss, model.trainable_variables)
        """,
    behind_an_attribute="""
        class Run:
            def __init__(self, net):
                self.net = net
        run = Run(model)
        with tf.GradientTape() as tape:
            loss = loss_fn(y, run.net.predict(x))  # KI101
        grads = tape.gradient(loss, model.trainable_variables)
        """,
    returned_by_a_helper="""
        def chosen(net):
            return net
        with tf.GradientTape() as tape:
            loss = loss_fn(y, chosen(model).predict(x))  # KI101
        grads = tape.gradient(loss, model.trainable_variables)
        """,
    another_model_behind_a_tuple="""
        target = keras.models.clone_model(model)
        pair = (target, model)
        with tf.GradientTape() as tape:
            loss = loss_fn(pair[0].predict(x), pair[1](x))  # KI104
        grads = tape.gradient(loss, model.trainable_variables)
        """,
    another_model_returned_by_a_helper="""
        target = keras.models.clone_model(model)
        def chosen(net):
            return net
        with tf.GradientTape() as tape:
            loss = loss_fn(chosen(target).predict(x), chosen(model)(x))  # KI104
        grads = tape.gradient(loss, model.trainable_variables)
        """,
    picked_for_the_loss_of_a_model_behind_a_tuple="""
        pair = (model, 0)
        with tf.GradientTape() as tape:
            best = np.argmax(pair[0].predict(x), axis=1)  # KI104
            loss = loss_fn(y[best], pair[0](x))
        grads = tape.gradient(loss, model.trainable_variables)
        """,
)
def test_a_model_is_the_same_under_any_name(judge: Judge, code: str) -> None:
    judge(code, select=("KI101", "KI104"))
