/**
 * A web process with good manners (it ends its requests after SIGTERM) and, on request, every bad one. BOOT_DELAY and
 * SHUTDOWN_DELAY are in milliseconds; IGNORE_SIGTERM makes it stay.
 */
export const webServer = `
const http = require('node:http')
const { spawn } = require('node:child_process')
const streams = []
const answers = {
  '/': (_, response) => response.end(process.env.HEROKU_RELEASE_VERSION + ' ' + process.env.DYNO + '\\n'),
  '/env': (_, response) => response.end(JSON.stringify(process.env)),
  '/headers': (request, response) => response.end(JSON.stringify(request.headers)),
  '/raw-headers': (_, response) => {
    response.writeHead(201, 'Made', ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'X-Case', 'kept'])
    response.end('made')
  },
  '/echo': (request, response) => request.pipe(response),
  '/slow': (_, response) => {
    console.log('a slow request')
    setTimeout(() => response.end('slow\\n'), 400)
  },
  '/hang': () => {},
  '/drop': (request) => request.socket.destroy(),
  '/gibberish': (request) => request.socket.end('SSH-2.0-gibberish\\r\\n\\r\\n'),
  '/half': (_, response) => { response.writeHead(200, { 'Content-Length': 100 }); response.write('half') },
  '/torn': (request, response) => {
    response.writeHead(200, { 'Content-Length': 100 })
    response.write('torn', () => setTimeout(() => request.socket.destroy(), 50))
  },
  '/stream': (_, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' })
    response.write('data: 1\\n\\n')
    streams.push(response)
  },
  '/end-streams': (_, response) => {
    for (const stream of streams.splice(0)) stream.end('data: 2\\n\\n')
    response.end()
  },
  '/crash': () => process.exit(7),
  '/close-listener': (_, response) => {
    response.setHeader('Connection', 'close')
    response.end('closed')
    server.close()
    setInterval(() => {}, 1000)
  },
  '/child': (_, response) => {
    const child = spawn('sleep', ['1000'], { stdio: 'ignore' })
    response.end(String(child.pid))
  },
}
const server = http.createServer((request, response) => {
  const answer = answers[request.url.split('?')[0]]
  if (answer) return answer(request, response)
  response.statusCode = 404
  response.end('not found')
})
server.on('upgrade', (request, socket, head) => {
  if (request.url === '/hang') return
  socket.write('HTTP/1.1 101 Switching Protocols\\r\\nConnection: Upgrade\\r\\nUpgrade: echo\\r\\n\\r\\n')
  socket.write(head)
  socket.pipe(socket)
})
process.on('SIGTERM', () => {
  console.log('SIGTERM received')
  if (process.env.IGNORE_SIGTERM) return
  setTimeout(() => server.close(() => process.exit(0)), Number(process.env.SHUTDOWN_DELAY || 0))
})
if (!process.env.NEVER_BIND) {
  setTimeout(() => {
    server.listen(Number(process.env.PORT), () => console.log('listening'))
  }, Number(process.env.BOOT_DELAY || 0))
} else setInterval(() => {}, 1000)
`
