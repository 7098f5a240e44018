// Reads from an esa at BASE with esa-node, a client kb did not write, writes a post, and prints what it saw.
//   node use.js BASE TEAM < token
'use strict'
const fs = require('fs')
const Esa = require('esa-node').default

const [base, team] = process.argv.slice(2)
const esa = new Esa(fs.readFileSync(0, 'utf8').trim(), team)
esa.client.defaults.baseURL = `${base}/v1`

async function main() {
  const posts = await esa.posts({ per_page: 2, sort: 'number', order: 'asc' })
  const found = await esa.posts({ q: 'on:"運用/手順" wip:false' })
  const refused = await esa.createPost({ body_md: '本文' }).catch(error => error.response)
  const missing = await esa.post(999).catch(error => error.response)
  console.log(
    JSON.stringify({
      posts: posts.posts.map(post => post.number),
      next_page: posts.next_page,
      total_count: posts.total_count,
      post: await esa.post(2),
      teams: (await esa.teams()).teams.map(one => one.name),
      team: (await esa.team(team)).url,
      found: found.posts.map(post => post.number),
      comments: (await esa.comments(2)).comments.map(comment => comment.body_md),
      comment: (await esa.comment(20)).post_number,
      members: (await esa.members()).total_count,
      user: (await esa.user({ include: 'teams' })).screen_name,
      missing: [missing.status, missing.data.error],
      refused: [refused.status, refused.data.message],
      created: await esa.createPost({ name: '運用/新しい手順 #a', body_md: '本文', wip: false }),
    })
  )
}

main().catch(error => {
  console.error(error.message)
  process.exit(1)
})
