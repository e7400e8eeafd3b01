//! Time and tasks. Whenever more than one thing may happen, chance decides which does; the clock moves only when nothing
//! can happen now. Dropping a task is a crash: what it has sent stays sent.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use pixtally::domain::date::Millis;

use super::random::Random;

/// Who a task belongs to, so that it can be killed with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    Isolate(usize),
    /// An instance of the Durable Object.
    Object(usize),
    Nightly,
}

/// Whether somebody has woken a task.
#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

struct Task {
    name: String,
    group: Group,
    future: Pin<Box<dyn Future<Output = ()>>>,
    wakes_at: Millis,
    dies_at: Millis,
    /// Dies when it is polled so often.
    polls_left: u64,
    woken: Arc<Woken>,
}

impl Task {
    /// When it is next polled, or dies.
    fn due(&self) -> Millis {
        let wakes_at = if self.woken.0.load(Ordering::Relaxed) { 0 } else { self.wakes_at };
        wakes_at.min(self.dies_at)
    }
}

type Event = Box<dyn FnOnce()>;

/// What came of letting one thing happen.
#[derive(Debug, PartialEq, Eq)]
pub enum Happened {
    Something,
    /// A task was cut off.
    Death(String),
    /// Nothing until the given end.
    Nothing,
}

/// The simulated clock, the tasks that wait for it, and what is to happen at which instant.
pub struct Executor {
    now: Cell<Millis>,
    /// When the task that is being polled wants to be polled again.
    wakes_at: Cell<Millis>,
    numbers: Cell<u64>,
    events: RefCell<BTreeMap<(Millis, u64), Event>>,
    tasks: RefCell<BTreeMap<u64, Task>>,
}

impl Executor {
    pub fn new(now: Millis) -> Self {
        Self {
            now: Cell::new(now),
            wakes_at: Cell::new(Millis::MAX),
            numbers: Cell::new(0),
            events: RefCell::default(),
            tasks: RefCell::default(),
        }
    }

    pub fn now(&self) -> Millis {
        self.now.get()
    }

    fn number(&self) -> u64 {
        self.numbers.set(self.numbers.get() + 1);
        self.numbers.get()
    }

    /// Lets something happen at an instant; events of one instant in the order of their scheduling.
    pub fn at(&self, instant: Millis, event: impl FnOnce() + 'static) {
        self.events.borrow_mut().insert((instant.max(self.now()), self.number()), Box::new(event));
    }

    /// Starts a task. It is cut off at `dies_at`, or when it is polled for the `polls`th time.
    pub fn spawn(
        &self,
        name: String,
        group: Group,
        (dies_at, polls_left): (Millis, u64),
        future: impl Future<Output = ()> + 'static,
    ) {
        let (future, woken) = (Box::pin(future), Arc::default());
        let task = Task { name, group, future, wakes_at: self.now(), dies_at, polls_left, woken };
        self.tasks.borrow_mut().insert(self.number(), task);
    }

    pub fn kill(&self, group: Group) {
        // Dropping a task may wake or end others: not while the tasks are borrowed.
        let killed: Vec<Task> = self
            .tasks
            .borrow_mut()
            .extract_if(.., |_, task| task.group == group)
            .map(|(_, task)| task)
            .collect();
        drop(killed);
    }

    /// Drops everything, and with it what tasks and events hold of the world.
    pub fn end(&self) {
        let tasks = std::mem::take(&mut *self.tasks.borrow_mut());
        let events = std::mem::take(&mut *self.events.borrow_mut());
        drop((tasks, events));
    }

    /// Waits for an instant. Even when that has come, others may get their turn first.
    pub async fn until(&self, instant: Millis) {
        let mut has_yielded = false;
        poll_fn(|_| {
            if has_yielded && self.now() >= instant {
                return Poll::Ready(());
            }
            has_yielded = true;
            self.wakes_at.set(self.wakes_at.get().min(instant.max(self.now())));
            Poll::Pending
        })
        .await;
    }

    /// Lets one thing happen, not later than `end`.
    pub fn step(&self, random: &Random, end: Millis) -> Happened {
        let next_event = self.events.borrow().keys().next().copied();
        let next_task = self.tasks.borrow().values().map(Task::due).min();
        let next = next_event.map(|(instant, _)| instant).into_iter().chain(next_task).min();
        let Some(next) = next.filter(|next| *next <= end) else {
            self.now.set(end.max(self.now()));
            return Happened::Nothing;
        };
        self.now.set(next.max(self.now()));
        let mut ready: Vec<u64> = Vec::new();
        ready.extend(self.tasks.borrow().iter().filter(|(_, it)| it.due() <= self.now()).map(|(id, _)| *id));
        let event = next_event.filter(|(instant, _)| *instant <= self.now());
        let choice = random.below(ready.len() as u64 + u64::from(event.is_some())) as usize;
        match (ready.get(choice), event) {
            (Some(task), _) => self.poll(*task),
            (None, Some(key)) => {
                let event = self.events.borrow_mut().remove(&key);
                event.expect("it was there")();
                Happened::Something
            }
            (None, None) => unreachable!("something is due"),
        }
    }

    fn poll(&self, id: u64) -> Happened {
        let mut task = self.tasks.borrow_mut().remove(&id).expect("a task");
        if task.dies_at <= self.now() || task.polls_left == 0 {
            return Happened::Death(task.name);
        }
        task.polls_left -= 1;
        self.wakes_at.set(Millis::MAX);
        task.woken.0.store(false, Ordering::Relaxed);
        let waker = Waker::from(Arc::clone(&task.woken));
        if task.future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
            task.wakes_at = self.wakes_at.get();
            self.tasks.borrow_mut().insert(id, task);
        }
        Happened::Something
    }
}
