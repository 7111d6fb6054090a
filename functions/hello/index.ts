/** Greets. A Web handler: a Request comes in, a Response goes out, as on any Web runtime. */
export default {
  fetch(request: Request): Response {
    const [, , name = 'world'] = new URL(request.url).pathname.split('/');
    return Response.json({ message: `Hello, ${decode(name)}!` });
  },
};

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
