/**
 * Listens on any free port of loopback and tells the parent which. Ends when the parent does.
 *
 * @param {import('node:http').Server} server
 */
exports.announce = (server) => {
  server.listen(0, '127.0.0.1', () => process.send?.(`http://127.0.0.1:${server.address().port}`));
  process.on('disconnect', () => process.exit());
};
