module.exports = { testEnvironment: 'jsdom', testMatch: ['<rootDir>/test/*.test.js'], setupFiles: ['<rootDir>/test/setup.js'] }
