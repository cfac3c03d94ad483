/** Compiles only where the argument is `true`. */
export type Expect<T extends true> = T;

/** Whether two types are the same, not only assignable both ways. */
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
