interface Place {
  /** The variable that sets the port. */
  readonly variable: string;
  readonly port: number;
  readonly host?: string;
}

/** Listens, and turns the two usual failures into a sentence that names the variable to change. */
export async function listenOrExplain<Result>(listen: () => Promise<Result>, place: Place): Promise<Result> {
  try {
    return await listen();
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
    if (code === 'EADDRINUSE') {
      throw new Error(`port ${place.port} is taken; set ${place.variable} to another`, { cause: error });
    }
    if (code === 'EACCES') {
      throw new Error(`port ${place.port} may not be opened by this user; set ${place.variable} to one above 1023`, {
        cause: error,
      });
    }
    if (code === 'EADDRNOTAVAIL') {
      throw new Error(
        `this machine has no address ${place.host ?? ''} to listen on; correct the host that goes with ${place.variable}`,
        {
          cause: error,
        },
      );
    }
    throw error;
  }
}
