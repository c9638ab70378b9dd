// SPDX-License-Identifier: LGPL-2.1-or-later
// The one place where state is: messages come in, the model makes the next state of them, and who
// shows it is told once for all that came since the last picture.

export class Store {
    /** reduce(state, messages) -> state; schedule(callback): when the next picture is due. */
    constructor(state, reduce, schedule) {
        this.state = state;
        this.reduce = reduce;
        this.schedule = schedule;
        this.waiting = [];
        this.listeners = [];
        this.due = false;
    }

    /** listener(state, previous) after each change. */
    subscribe(listener) {
        this.listeners.push(listener);
    }

    send(message) {
        this.waiting.push(message);
        if (this.due)
            return;
        this.due = true;
        this.schedule(() => this.flush());
    }

    flush() {
        this.due = false;
        const messages = this.waiting;
        this.waiting = [];
        const previous = this.state;
        this.state = this.reduce(previous, messages);
        if (this.state !== previous)
            for (const listener of this.listeners)
                listener(this.state, previous);
    }
}
