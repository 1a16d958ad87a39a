/** A promise that works only when asked, like those of the SDKs and of query builders; it counts its work. */
export class LazyPromise<T> {
  runs = 0;
  private readonly work: () => Promise<T>;

  constructor(work: () => Promise<T>) {
    this.work = work;
  }

  private start(): Promise<T> {
    this.runs += 1;
    return this.work();
  }

  // biome-ignore lint/suspicious/noThenProperty: being a thenable is what it is for.
  then(onFulfilled?: ((value: T) => unknown) | null, onRejected?: ((error: unknown) => unknown) | null) {
    return this.start().then(onFulfilled, onRejected);
  }

  catch(onRejected: (error: unknown) => unknown) {
    return this.start().catch(onRejected);
  }

  finally(onFinally: () => void) {
    return this.start().finally(onFinally);
  }
}
