// The classic wire's name: in metrics, logs, and the origin of what its players ask.

export const wire = 'classic';
